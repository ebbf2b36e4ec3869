# How our own C is compiled, and the function that makes a layer.

# Not part of what a layer shows to others, so that include paths do not spread.
add_library(base_options INTERFACE)
target_include_directories(base_options INTERFACE ${PROJECT_SOURCE_DIR}/core)
target_compile_definitions(base_options INTERFACE
  _GNU_SOURCE BASE_VERSION="${PROJECT_VERSION}")
target_compile_options(base_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
  -Wmissing-prototypes -Wundef
  $<$<BOOL:${BASE_WERROR}>:-Werror>)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG -fstack-protector-strong \
-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2")
set(CMAKE_EXE_LINKER_FLAGS_RELEASE "-Wl,-z,relro,-z,now")

# Sanitizers concern every target, the libraries' sources too.
if(BASE_SANITIZE)
  add_compile_definitions(BASE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(BASE_TSAN)
  add_compile_options(-fsanitize=thread)
  add_compile_definitions(BASE_WATCHDOG_SIGNAL=SIGTRAP)
  add_link_options(-fsanitize=thread)
endif()
if(BASE_TRACE)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(BASE_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

# add_layer(<name> [LIBRARIES <target>…])
#
# All C below core/<name> as the object library base_<name>, which alone sees the
# headers of the libraries. Who links it links the libraries too.
function(add_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "LIBRARIES")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/core/${name}/*.c)
  add_library(base_${name} OBJECT ${sources})
  target_link_libraries(base_${name} PRIVATE base_options ${layer_LIBRARIES})
endfunction()
