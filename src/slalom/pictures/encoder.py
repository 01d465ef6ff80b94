"""Frames into a film: MP4, GIF or WebP, by ffmpeg through a pipe."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from ..errors import SlalomError
from ..shutdown import Cleanup, critical
from .saving import checked_ending

KINDS = (".mp4", ".gif", ".webp")
REASONS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ENOENT)
"""Why the system does not write a file, which ffmpeg tells among words of its own."""
LAST = 150  # hundredths of a second for which a GIF rests on its last frame

# quality and size of line drawings on a soft ground
_MP4 = "-c:v libx264 -preset veryfast -tune animation -crf 23 -pix_fmt yuv420p -movflags +faststart"
_WEBP = "-c:v libwebp_anim -quality 85 -compression_level 2 -loop 0"
_GIF = "-lavfi paletteuse=dither=none:diff_mode=rectangle -loop 0 -final_delay"

Write = Callable[[memoryview], None]


@contextlib.contextmanager
def encoder(made: Path, size: tuple[int, int], fps: float, sample: memoryview) -> Iterator[Write]:
    """A function that takes the frames of a film one by one; the film is whole at the end.

    Args:
        made: the file; its ending tells the format.
        size: width and height of the frames, in pixels; even for MP4.
        fps: frames a second.
        sample: a frame with all the colours of the film.

    Raises:
        SlalomError: ffmpeg is not there, or it fails; with its last line.
        OSError: the system did not let it write the file.
    """
    kind = checked_ending(made, KINDS, "an animation")
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise SlalomError(f"no ffmpeg to encode {kind} with: {error}") from error
    quiet = [program, "-hide_banner", "-loglevel", "error", "-y"]
    frames = f"-f rawvideo -pix_fmt rgba -s {size[0]}x{size[1]} -r {fps} -i -".split()
    if kind == "gif":
        # A palette of all frames would have ffmpeg hold all of them in memory.
        palette = made.with_name("palette.png")
        chosen = [*quiet, *frames, "-vf", "palettegen=reserve_transparent=1", str(palette)]
        with _pipe(chosen) as write:
            write(sample)
        options = ["-i", str(palette), *_GIF.split(), str(LAST)]
    else:
        options = (_MP4 if kind == "mp4" else _WEBP).split()
    with _pipe([*quiet, *frames, *options, str(made)]) as write:
        yield write


@contextlib.contextmanager
def _pipe(command: list[str]) -> Iterator[Write]:
    """A function that writes to a command's input; the command has ended when the block ends."""
    with tempfile.TemporaryFile() as complaints, contextlib.ExitStack() as stack:
        with critical:
            process = subprocess.Popen(  # noqa: S603 (our own words, no shell)
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,  # Ctrl-C is for us, who then end it
            )
            stack.enter_context(Cleanup(lambda: _ended(process)))
        assert process.stdin is not None
        pipe = process.stdin

        def write(frame: memoryview) -> None:
            try:
                pipe.write(frame)
            except BrokenPipeError:
                raise _failure(process.wait(), complaints) from None

        yield write
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
        if status := process.wait():
            raise _failure(status, complaints)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    with contextlib.suppress(OSError):
        assert process.stdin is not None
        process.stdin.close()


def _failure(status: int, complaints: IO[bytes]) -> Exception:
    complaints.seek(0)
    text = complaints.read().decode(errors="replace").strip()
    for number in REASONS:
        if os.strerror(number) in text:
            return OSError(number, os.strerror(number))
    if status == -getattr(signal, "SIGXFSZ", 0):  # a limit on the size of files, told by no word
        return OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return SlalomError(f"ffmpeg failed: {text.splitlines()[-1] if text else 'it says no more'}")
