# Fuzz targets: each spec/fuzz/fuzz_*.c is one program, which libFuzzer drives.
# To add one, write that file and put an input or two into
# spec/fuzz/corpus/<name>/; script/fuzz finds both by their names.
#
# The preset dev-clang builds them too, so that they are looked at like all
# other C. `fuzz` and `fuzz-coverage` say what is measured while they run.

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/spec/fuzz/*.c)
list(FILTER sources EXCLUDE REGEX "/fuzz_[^/]*\\.c$")
add_library(base_fuzz OBJECT ${sources})
target_link_libraries(base_fuzz PRIVATE base_options lua_headers)

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/spec/fuzz/fuzz_*.c)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE base_options base_fuzz base_lib
    base_model base_tls base_net base_io base_lua llhttp lua_program)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  list(APPEND fuzz_targets ${name})
endforeach()
add_custom_target(fuzz DEPENDS ${fuzz_targets})
