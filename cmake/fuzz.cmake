# Fuzz targets: each spec/fuzz/fuzz_*.c is one program, which libFuzzer drives.
# To add one, write that file and put an input or two into
# spec/fuzz/corpus/<name>/; script/fuzz finds both by their names.
#
# The preset dev-clang builds them too, so that they are looked at like all
# other C. `fuzz` and `fuzz-coverage` say what is measured while they run.

# llhttp, against which our own parser of HTTP is held (fuzz_llhttp.c). It is a
# library on newer systems; Debian 12 and Ubuntu 24.04 have its sources, in the
# package node-llhttp, which are compiled here without our warnings, and as
# strict as they can be.
find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp REQUIRED)
find_library(LLHTTP_LIBRARY llhttp)
if(LLHTTP_LIBRARY)
  add_library(llhttp INTERFACE)
  target_link_libraries(llhttp INTERFACE ${LLHTTP_LIBRARY})
  target_include_directories(llhttp SYSTEM INTERFACE ${LLHTTP_INCLUDE})
else()
  find_path(LLHTTP_SOURCE llhttp.c PATHS /usr/share/llhttp REQUIRED)
  add_library(llhttp OBJECT ${LLHTTP_SOURCE}/api.c ${LLHTTP_SOURCE}/http.c
                            ${LLHTTP_SOURCE}/llhttp.c)
  target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
  target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
  target_compile_options(llhttp PRIVATE -w)
endif()

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/spec/fuzz/*.c)
list(FILTER sources EXCLUDE REGEX "/fuzz_[^/]*\\.c$")
add_library(base_fuzz OBJECT ${sources})
target_link_libraries(base_fuzz PRIVATE base_options lua_headers)

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/spec/fuzz/fuzz_*.c)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE base_options base_fuzz base_lib
    base_model base_tls base_bus base_net base_io base_lua lua_program)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  list(APPEND fuzz_targets ${name})
endforeach()
target_link_libraries(fuzz_llhttp PRIVATE llhttp)
add_custom_target(fuzz DEPENDS ${fuzz_targets})
