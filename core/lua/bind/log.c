/*
** The log for scripts: core.log, on which base.log and print are built.
*/
#include "lib/log_fields.h"
#include "lua/bind/bind.h"
#include "lua/vm/task.h"
#include "model/connection.h"
#include "model/connection_log.h"

#include <math.h>

static struct text text_at(lua_State *L, int index) {
  struct text text;
  text.bytes = lua_tolstring(L, index, &text.size);
  return text;
}

/* Inserts a copy of the name at the top into the sorted names above `base`; the
   original stays for lua_next. If there are too many, the last is dropped.
   Returns their number. */
static int insert_name(lua_State *L, int base, int count) {
  struct text name = text_at(L, -1);
  int place = count;
  while (place > 0 && log_fields_compare(name, text_at(L, base + place)) < 0)
    place--;
  lua_pushvalue(L, -1);
  lua_insert(L, base + place + 1);
  if (count < LOG_FIELDS_MAX) return count + 1;
  lua_remove(L, base + count + 1);
  return count;
}

/* Pushes the names of the fields in the table at 3, sorted; of too many only
   the first. Returns how many. */
static int push_names(lua_State *L) {
  int base = lua_gettop(L);
  int count = 0;
  lua_pushnil(L);
  while (lua_next(L, 3)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      return luaL_error(L, "the names of a log line's fields must be strings");
    count = insert_name(L, base, count);
  }
  return count;
}

/* Replaces the value at the top by its text; `is_literal` says whether it is a
   number or a boolean of JSON. */
static struct text make_text(lua_State *L, bool *is_literal) {
  bool is_integer = lua_isinteger(L, -1);
  bool is_float = lua_type(L, -1) == LUA_TNUMBER && !is_integer;
  *is_literal = is_integer || lua_isboolean(L, -1) ||
                (is_float && isfinite(lua_tonumber(L, -1)));
  if (is_float)
    number_push_shortest(L, lua_tonumber(L, -1));
  else
    luaL_tolstring(L, -1, NULL);
  lua_replace(L, -2);
  return text_at(L, -1);
}

/* Collects the fields of the table at 3; their text stays on the stack. */
static void collect_fields(lua_State *L, struct log_fields *fields) {
  fields->count = 0;
  if (lua_isnoneornil(L, 3)) return;
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checkstack(L, 2 * LOG_FIELDS_MAX + LUA_MINSTACK, NULL);
  int base = lua_gettop(L);
  int count = push_names(L);
  for (int i = 1; i <= count; i++) {
    bool is_literal;
    lua_pushvalue(L, base + i);
    lua_rawget(L, 3);
    struct text value = make_text(L, &is_literal);
    log_fields_add(fields, text_at(L, base + i), value, is_literal);
  }
  log_fields_arrange(fields);
}

/* core.log(level, text [, fields [, connection]]) */
static int f_log(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  struct log_fields fields;
  struct text message;
  int level = luaL_checkoption(L, 1, NULL, log_level_names);
  message.bytes = luaL_checklstring(L, 2, &message.size);
  struct connection *connection = NULL;
  if (!lua_isnoneornil(L, 4))
    connection = connection_check(L, 4);
  else if (scripts->tasks.current)
    connection =
        connection_find(scripts->registry, scripts->tasks.current->connection);
  if (!log_takes((enum log_level)level)) return 0;
  collect_fields(L, &fields);
  connection_log_write((enum log_level)level, connection, message, fields.each,
                       fields.count);
  return 0;
}

void core_log_open(lua_State *L) {
  lua_pushcfunction(L, f_log);
  lua_setfield(L, -2, "log");
}
