// hiredis 0.14: `redisContext`, its blocking calls and the reply tree. Nothing but the module Redis imports this.
#include <hiredis/hiredis.h>
