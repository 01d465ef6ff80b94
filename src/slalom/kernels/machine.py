"""Machine code of kernels: compiled by Numba once, and loaded by LLVM alone from then on.

A function of a kernel takes 64-bit integers, addresses among them, and returns one. What Numba
makes of it is kept as one object file, so that a later process loads neither Numba nor the text
of the kernel: to import Numba takes longer than anything else in a first step.
"""

from __future__ import annotations

import ctypes
import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

PREFIX = "slalom_"
"""Of the names of a kernel's functions in its machine code."""
_CALLED = re.compile(r"^declare .*?@\"?([\w.$]+)\"?\(", re.MULTILINE)
_INTRINSIC = re.compile(r"llvm\.(\w+)(?:\.v\d+)?\.f(32|64)$")
_MATHEMATICAL = {"cos", "exp", "exp2", "log", "log10", "log2", "pow", "sin", "tan", "tanh"}
_MEMORY = {"llvm.memset": "memset", "llvm.memcpy": "memcpy", "llvm.memmove": "memmove"}


class Code(NamedTuple):
    """An object file.

    Attributes:
        functions: how many integers each of its functions takes, by name.
        symbols: the names of functions of other libraries that it may call.
        binary: the file.
    """

    functions: Mapping[str, int]
    symbols: list[str]
    binary: bytes

    def packed(self) -> bytes:
        """As bytes, from which `unpacked` makes it again."""
        told = {"functions": dict(self.functions), "symbols": self.symbols}
        return json.dumps(told).encode() + b"\n" + self.binary


def unpacked(kept: bytes) -> Code:
    """The code that was packed."""
    told, _, binary = kept.partition(b"\n")
    return Code(**json.loads(told), binary=binary)


class Function(NamedTuple):
    """A function of a kernel."""

    call: Callable[..., int]
    """takes and returns integers; other threads may run meanwhile"""
    address: int
    engine: object = None
    """holds the machine code: a thread that comes late may call it when the kernel is gone"""


class Machine:
    """The functions of a kernel in the memory of this process.

    Attributes:
        functions: by name.
    """

    def __init__(self, code: Code):
        llvm = _llvm()
        module = llvm.parse_assembly("")
        module.triple = llvm.get_process_triple()
        target = llvm.Target.from_triple(module.triple)
        # the machine code lies in the engine's memory, and the engine has a target of its own
        self._engine = llvm.create_mcjit_compiler(module, target.create_target_machine(jit=True))
        # to link a function that is nowhere would end the process
        if any(llvm.address_of_symbol(name) is None for name in code.symbols):
            import numba.core.runtime  # noqa: F401 (which tells LLVM where its own are)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code.binary))
        self._engine.finalize_object()
        self.functions = {name: self._function(name, n) for name, n in code.functions.items()}

    def _function(self, name: str, count: int) -> Function:
        address = self._engine.get_function_address(PREFIX + name)
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * count)
        return Function(kind(address), address, self._engine)


def compiled(text: str, name: str) -> Code:
    """What Numba makes of a kernel's text.

    Args:
        text: Python source. The functions of the kernel are those that have a signature and no
            wrapper.
        name: of the source, in errors.
    """
    names: dict[str, Any] = {"__name__": name}
    exec(compile(text, f"<{name}>", "exec"), names)  # noqa: S102 (a text of our own)
    llvm, functions, called = _llvm(), {}, set()
    whole, machine = llvm.parse_assembly(""), None
    for own, dispatcher in names.items():
        if not getattr(dispatcher, "targetoptions", {}).get("no_cfunc_wrapper"):
            continue  # not a function that stands alone
        [found] = dispatcher.overloads.values()
        functions[own] = len(found.signature.args)
        entry = _entry(own, found.fndesc.llvm_func_name, functions[own])
        assembly = found.library.get_llvm_str() + entry
        called |= set(_CALLED.findall(assembly))
        whole.link_in(llvm.parse_assembly(assembly))
        machine = found.library.codegen._tm  # Numba's own settings
    if machine is None:
        raise ValueError(f"{name} has no functions that stand alone")
    symbols = sorted({symbol for one in called for symbol in _symbols(one)})
    return Code(functions, symbols, machine.emit_object(whole))


def _entry(name: str, inner: str, count: int) -> str:
    """A function in LLVM's language, which calls one that has Numba's convention."""
    taken = ", ".join(f"i64 %a{k}" for k in range(count))
    return f"""
define i64 @{PREFIX}{name}({taken}) {{
  %result = alloca i64
  %exception = alloca ptr
  call i32 @"{inner}"(ptr %result, ptr %exception, {taken})
  %found = load i64, ptr %result
  ret i64 %found
}}
"""


def _symbols(called: str) -> list[str]:
    """The functions of other libraries that a declared function may stand for."""
    if not called.startswith("llvm."):
        return [called]
    if known := _INTRINSIC.match(called):
        name, bits = known.groups()
        return [name + ("f" if bits == "32" else "")] if name in _MATHEMATICAL else []
    return [name for prefix, name in _MEMORY.items() if called.startswith(prefix)]


@functools.cache
def _llvm() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def processor() -> str:
    """What the machine code is made for: the processor's name and what it can do."""
    llvm = _llvm()
    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
