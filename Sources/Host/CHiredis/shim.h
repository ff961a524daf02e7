// hiredis 0.14: its parser of replies and the reply tree. Nothing but the module Redis imports this.
#include <hiredis/hiredis.h>
