"""What can be measured: one module for each section, by its name."""

from types import ModuleType

from . import accepted, cdc, drain, endtoend, growth, http, idle, latency, memory, plugins, reads

#: In the order in which they run; what changes the stack comes last.
SECTIONS: dict[str, ModuleType] = {
    "accepted": accepted,
    "http": http,
    "drain": drain,
    "endtoend": endtoend,
    "latency": latency,
    "reads": reads,
    "cdc": cdc,
    "memory": memory,
    "idle": idle,
    "plugins": plugins,
    "growth": growth,
}
#: Run only when they are named.
LONG = {"growth"}
