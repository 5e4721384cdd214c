# Run by ctest for each contract: asks its program what it is about, and makes the tests of the property suite from that.
if(NOT EXISTS "${weir_program}")
  # It cannot start, so it fails.
  add_test("${weir_contract}_NOT_BUILT" "${weir_program}")
  return()
endif()
execute_process(COMMAND "${weir_program}" list --json OUTPUT_VARIABLE weir_json ERROR_QUIET RESULT_VARIABLE weir_result)
if(NOT weir_result EQUAL 0)
  # Once more, as a test that fails and shows why.
  add_test("${weir_contract}.list" "${weir_program}" list)
  return()
endif()
string(JSON weir_subject_count LENGTH "${weir_json}" subjects)
math(EXPR weir_subject_last "${weir_subject_count} - 1")
foreach(weir_s RANGE ${weir_subject_last})
  string(JSON weir_subject GET "${weir_json}" subjects ${weir_s} name)
  set(weir_prefix "${weir_contract}")
  if(weir_subject_count GREATER 1)
    string(APPEND weir_prefix ".${weir_subject}")
  endif()
  string(JSON weir_group_count LENGTH "${weir_json}" subjects ${weir_s} groups)
  if(weir_group_count EQUAL 0)
    # Nothing would run, which is no success.
    add_test("${weir_prefix}" "${weir_program}" check "${weir_subject}" --cases 1)
    continue()
  endif()
  math(EXPR weir_group_last "${weir_group_count} - 1")
  foreach(weir_g RANGE ${weir_group_last})
    string(JSON weir_group GET "${weir_json}" subjects ${weir_s} groups ${weir_g})
    set(weir_test "${weir_prefix}.${weir_group}")
    # The cases of the corpus are tests of their own.
    add_test("${weir_test}" "${weir_program}" check "${weir_subject}" --group ${weir_group}
      --engine exhaustive --engine sweep --engine random --cases ${weir_cases} --budget ${weir_budget} --seed 1 --jobs 1
      --findings "${weir_folder}/findings")
    set_tests_properties("${weir_test}" PROPERTIES LABELS property WORKING_DIRECTORY "${weir_folder}" TIMEOUT 600)
  endforeach()
endforeach()
