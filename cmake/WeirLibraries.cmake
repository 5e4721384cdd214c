# The C libraries beneath the transforms, none of which has a CMake package everywhere. Used by the build and, installed, by
# those who link the static library.

# weir_find_library(NAME LIBRARY [HEADER]): makes the target weir::NAME_library where the library is there. The variables
# WEIR_NAME_LIBRARY and WEIR_NAME_INCLUDE say where it is, and may be set by hand. Without HEADER only the library is looked for.
function(weir_find_library name library)
  string(TOUPPER ${name} upper)
  find_library(WEIR_${upper}_LIBRARY ${library})
  mark_as_advanced(WEIR_${upper}_LIBRARY)
  if(ARGC GREATER 2)
    find_path(WEIR_${upper}_INCLUDE ${ARGV2})
    mark_as_advanced(WEIR_${upper}_INCLUDE)
    if(NOT WEIR_${upper}_INCLUDE)
      return()
    endif()
  endif()
  if(WEIR_${upper}_LIBRARY AND NOT TARGET weir::${name}_library)
    add_library(weir::${name}_library UNKNOWN IMPORTED GLOBAL)
    set_target_properties(weir::${name}_library PROPERTIES IMPORTED_LOCATION "${WEIR_${upper}_LIBRARY}")
    if(ARGC GREATER 2)
      target_include_directories(weir::${name}_library INTERFACE "${WEIR_${upper}_INCLUDE}")
    endif()
  endif()
endfunction()
