# The tests of the C that knows no Lua, but for one: each spec/c/test_*.c is one program.

function(add_c_program source)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE base_options base_lib base_model
                                        base_tls base_bus base_net)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/spec)
endfunction()

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/spec/c/test_*.c)
foreach(source IN LISTS sources)
  add_c_program(${source})
  get_filename_component(name ${source} NAME_WE)
  add_test(NAME ${name} COMMAND ${name}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endforeach()

# What the load generator is made of.
target_link_libraries(test_load PRIVATE base_load PkgConfig::SSL PkgConfig::Z)
target_include_directories(test_load PRIVATE ${PROJECT_SOURCE_DIR})

# Of what stands beside Lua, the part that knows nothing of it.
target_sources(test_watchdog PRIVATE core/lua/vm/watchdog.c)

# Those that make a Lua.
target_sources(test_seed PRIVATE core/lua/vm/seed.c)
target_link_libraries(test_seed PRIVATE PkgConfig::LUA)
target_sources(test_memory PRIVATE core/lua/vm/memory.c)
target_link_libraries(test_memory PRIVATE PkgConfig::LUA)

# The socket layer alone, under a program that sends back what it gets.
file(GLOB echo CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/spec/c/net_echo.c)
if(echo)
  add_c_program(${echo})
endif()

# The server, whose allocations fail when a spec says so, Lua's heap among them;
# Lua is a library here, which stays as it is.
add_executable(base-failing ${server_sources} spec/support/faults/failing.c)
target_link_libraries(base-failing PRIVATE base_options base_lib base_model
                                           base_tls base_bus base_net base_io base_lua
                                           PkgConfig::LUA)
foreach(name malloc calloc realloc strdup)
  target_link_options(base-failing PRIVATE LINKER:--wrap=${name})
endforeach()

# Many clients at once, for spec/wire/limits/storm_spec.lua.
add_executable(base-storm spec/support/peers/storm.c)
target_link_libraries(base-storm PRIVATE base_options)

# One client or server whose TLS says nothing, for spec/wire/limits/tls_flood_spec.lua.
add_executable(base-tls-flood spec/support/peers/tls_flood.c)
target_link_libraries(base-tls-flood PRIVATE base_options PkgConfig::SSL)

# Where OpenSSL itself is one end.
target_link_libraries(test_records PRIVATE PkgConfig::SSL)

# The lint of the layers refuses each kind of wrong include.
find_program(LUA_PROGRAM lua5.4)
if(LUA_PROGRAM)
  add_test(NAME lint_includes
    COMMAND ${LUA_PROGRAM} script/lint-includes --self-test
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endif()
