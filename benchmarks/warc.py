"""How many pages of a web archive ``stance batch`` labels in a second of processor time, beside what reading them alone takes.

    python benchmarks/warc.py 500 2000

The archive is made of the articles of ``seeds/``, each a page with navigation and footer around it. The peer is FastWARC with
trafilatura, which finds the same articles and labels nothing. Memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import zlib
from html import escape
from pathlib import Path

PEER = """
import sys, trafilatura
from fastwarc.warc import ArchiveIterator, WarcRecordType
for record in ArchiveIterator(sys.argv[1], record_types=WarcRecordType.response, parse_http=True, fsspec_args=False):
    trafilatura.bare_extraction(record.reader.read().decode(), with_metadata=True, include_comments=False, include_tables=False)
"""


def page(text: str) -> bytes:
    """A page with `text`, one paragraph a line, and what sites put round one."""
    title, *rest = [escape(line) for line in text.split("\n") if line.strip()]
    links = "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(60))
    body = "".join(f"<p>{line}</p>" for line in rest)
    script = "<script>" + "var a=1;" * 2_000 + "</script>"
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{script}</head><body><nav><ul>{links}</ul></nav>"
        f"<article><h1>{title}</h1>{body}</article><footer><ul>{links}</ul>© 2019 The Wire</footer></body></html>"
    ).encode()


def record(number: int, content: bytes) -> bytes:
    """A response of a server as a member of a packed archive."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + content
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032}>\r\nWARC-Date: 2024-06-14T10:00:00Z\r\n"
        f"WARC-Target-URI: https://wire.example/{number}\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    ).encode()
    packer = zlib.compressobj(6, wbits=31)
    return packer.compress(head + http + b"\r\n\r\n") + packer.flush()


def used(command: list[str]) -> tuple[float, float]:
    """Seconds of processor time of a command, and the peak memory of any child so far in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


def main() -> None:
    """Print a row for each size, small ones first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("pages", type=int, nargs="*", default=[500, 2000])
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path("seeds/articles").glob("*.txt"))]
    for count in sorted(parser.parse_args().pages):
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, "crawl.warc.gz")
            archive.write_bytes(b"".join(record(n, page(texts[n % len(texts)])) for n in range(count)))
            command = [sys.executable, "-m", "classifier.cli", "batch", str(archive), "-o", f"{folder}/out.csv", "--jobs", "1"]
            stance, memory = used(command)
            peer, _ = used([sys.executable, "-c", PEER, str(archive)])
            print(
                f"{count:,} pages, {archive.stat().st_size / 1e6:.1f} MB: {stance:.1f} s, {count / stance:.0f} pages/s;", end=" "
            )
            print(f"reading alone {peer:.1f} s, {count / peer:.0f} pages/s (ratio {stance / peer:.2f});", end=" ")
            print(f"peak memory {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
