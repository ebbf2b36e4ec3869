# What the system has to provide. script/bootstrap installs all of it.

find_package(PkgConfig REQUIRED)
pkg_check_modules(LWS REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.87)
pkg_check_modules(SSL REQUIRED IMPORTED_TARGET openssl)
pkg_check_modules(Z REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4)

# Lua's headers without its library, for objects that also go into a module.
add_library(lua_headers INTERFACE)
target_include_directories(lua_headers SYSTEM INTERFACE ${LUA_INCLUDE_DIRS})

# Lua inside the program, where calls are direct, and all of it: C modules that
# scripts require find their symbols there, as in Debian's own lua5.4. Without
# the archive the shared library serves.
add_library(lua_program INTERFACE)
find_library(LUA_ARCHIVE liblua5.4.a)
if(LUA_ARCHIVE)
  target_include_directories(lua_program SYSTEM INTERFACE ${LUA_INCLUDE_DIRS})
  target_link_options(lua_program INTERFACE -rdynamic
    LINKER:--whole-archive,${LUA_ARCHIVE},--no-whole-archive)
  target_link_libraries(lua_program INTERFACE m ${CMAKE_DL_LIBS})
else()
  target_link_libraries(lua_program INTERFACE PkgConfig::LUA)
endif()
