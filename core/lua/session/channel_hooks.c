#include "lua/session/channel_hooks.h"

#include "lua/object/objects.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/channel.h"
#include "model/registry.h"

struct occupation {
  struct channel *channel;
  const char *hook;
};

/* Pushes a function of the rule with this number; false if there is none. */
static bool push_rule_function(lua_State *L, unsigned rule, const char *name) {
  int top = lua_gettop(L);
  if (project_push(L, "channels") &&
      lua_rawgeti(L, -1, (lua_Integer)rule) == LUA_TTABLE &&
      lua_getfield(L, -1, name) == LUA_TFUNCTION) {
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
    return true;
  }
  lua_settop(L, top);
  return false;
}

static void on_hook_end(struct task *task, enum task_end end) {
  (void)end;
  if (task->owner_data) channel_end_hook(task->owner_data);
}

/* What `occupied` begins, `vacated` ends: a hook waits until the one before it
   has ended. */
static int enter_hook(lua_State *L) {
  const struct occupation *occupation = lua_touserdata(L, 1);
  struct channel *channel = occupation->channel;
  if (!push_rule_function(L, channel->rule->number, occupation->hook)) return 0;
  struct task *task = task_new(scripts_of(L), NULL, on_hook_end);
  task->what = occupation->hook;
  task_note(L, task);
  lua_xmove(L, task->thread, 1);
  channel_push(task->thread, channel_name(channel));
  task->owner_data = channel; /* which stays while its hook runs */
  channel->has_hook = true;
  task_ready(task, 1);
  return 0;
}

/* At the end of the server the members come back to the next process, so no
   channel is vacated. */
static void on_occupied(void *context, struct channel *channel,
                        bool is_occupied) {
  struct scripts *scripts = context;
  const struct channel_rule *rule = channel->rule;
  struct occupation occupation = {channel,
                                  is_occupied ? "occupied" : "vacated"};
  if (!rule || scripts->end.is_replaced || scripts->end.is_draining) return;
  if (is_occupied ? rule->has_occupied : rule->has_vacated)
    scripts_enter(scripts, enter_hook, &occupation);
}

void channel_hooks_open(struct scripts *scripts) {
  scripts->registry->channels.on_occupied = on_occupied;
  scripts->registry->channels.context = scripts;
}
