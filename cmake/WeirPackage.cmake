# What find_package(weir) and pkg-config read, besides the targets. Every path in it is relative to where it lies, so that an
# installed tree can be moved.
include(CMakePackageConfigHelpers)
set(weir_is_static ON)
if(BUILD_SHARED_LIBS)
  set(weir_is_static OFF)
endif()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/weirConfig.cmake.in" "${PROJECT_BINARY_DIR}/weirConfig.cmake"
  INSTALL_DESTINATION "${weir_cmake_folder}" PATH_VARS weir_contract_folder)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/weirConfigVersion.cmake" COMPATIBILITY ${WEIR_COMPATIBILITY})
install(FILES "${PROJECT_BINARY_DIR}/weirConfig.cmake" "${PROJECT_BINARY_DIR}/weirConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/WeirLibraries.cmake" DESTINATION "${weir_cmake_folder}" COMPONENT lib)

set(weir_pc_folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
# Where the prefix is, seen from the .pc files.
file(RELATIVE_PATH weir_pc_prefix "${CMAKE_INSTALL_PREFIX}/${weir_pc_folder}" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" weir_pc_prefix "${weir_pc_prefix}")
set(weir_pc_requires libhwy)
foreach(name IN LISTS weir_libraries)
  list(APPEND weir_pc_requires lib${name})
endforeach()
list(JOIN weir_pc_requires ", " weir_pc_requires)
configure_file("${PROJECT_SOURCE_DIR}/cmake/weir.pc.in" "${PROJECT_BINARY_DIR}/weir.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/weir.pc" DESTINATION "${weir_pc_folder}" COMPONENT lib)
if(TARGET weir_checkpoint_testing)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/weir-checkpoint-testing.pc.in"
    "${PROJECT_BINARY_DIR}/weir-checkpoint-testing.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/weir-checkpoint-testing.pc" DESTINATION "${weir_pc_folder}"
    COMPONENT checkpoint_testing)
endif()
