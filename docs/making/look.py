"""python -m docs.making.look SITE [PAGE…]: every page in a headless Chromium, on a phone in the light and on a desk in
the dark: no error in its console, nothing fetched from elsewhere, every picture there, nothing wider than the screen.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

LOOKS = ((390, "default"), (1200, "slate"))  # pixels, Material's scheme
PATIENCE = 600  # seconds for all pages

EARS = """<script>window.heard=[];
addEventListener("error",e=>heard.push(e.message||"not loaded: "+(e.target.src||e.target.href)),true);
addEventListener("unhandledrejection",e=>heard.push(String(e.reason)));
const said=console.error;console.error=(...a)=>{heard.push(a.join(" "));said(...a)};
localStorage.setItem("/.__palette",JSON.stringify({index:SCHEME=="slate"?1:0,color:{scheme:SCHEME}}));
</script>"""

RUNNER = """<!doctype html><meta charset="utf-8"><body><script>
const pages=PAGES,width=WIDTH,scheme="SCHEME",found=[];
async function seen(frame){
  const inside=frame.contentWindow,paper=inside.document;
  paper.body.setAttribute("data-md-color-scheme",scheme);
  await Promise.all([...paper.images].map(one=>one.decode().catch(()=>0)));
  const faults=[...inside.heard];
  for(const one of paper.images)if(!one.naturalWidth)faults.push("no picture: "+one.src);
  for(const one of inside.performance.getEntriesByType("resource"))
    if(!one.name.startsWith(location.origin)&&!one.name.startsWith("data:"))faults.push("fetches "+one.name);
  const wide=paper.documentElement.scrollWidth;
  if(wide>width+1)faults.push("is "+wide+" pixels wide");
  const paint=inside.getComputedStyle(paper.body).backgroundColor.match(/[0-9.]+/g).map(Number);
  if((paint[0]<128)!=(scheme=="slate"))faults.push("its ground is "+paint);
  return faults}
async function all(){
  for(const page of pages){
    const frame=document.createElement("iframe");frame.style.cssText="width:"+width+"px;height:800px;border:0";
    document.body.replaceChildren(frame);
    await new Promise(done=>{frame.onload=done;frame.src=page});
    try{for(const fault of await seen(frame))found.push(page+" "+fault)}catch(e){found.push(page+" "+e)}}
  await fetch("/__found",{method:"POST",body:JSON.stringify(found)})}
all()</script>"""


class Site(SimpleHTTPRequestHandler):
    """The pages, with ears in each, and the page that leads through them."""

    pages: list[str]
    found: list[str] | None
    done: threading.Event

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        file = Path(self.translate_path(path.path))
        if path.path == "/__run":
            asked = {name: found[0] for name, found in parse_qs(path.query).items()}
            runner = RUNNER.replace("PAGES", json.dumps(type(self).pages))
            self._send(runner.replace("WIDTH", asked["width"]).replace("SCHEME", asked["scheme"]))
        elif file.suffix == ".html" and file.is_file():
            self._send(file.read_text(encoding="utf-8").replace("<head>", f"<head>{self._ears()}", 1))
        else:
            super().do_GET()

    def do_POST(self) -> None:
        type(self).found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send("")
        type(self).done.set()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: faults are told at the end."""

    def _ears(self) -> str:
        dark = "scheme=slate" in self.headers.get("Referer", "")
        return EARS.replace("SCHEME", json.dumps("slate" if dark else "default"))

    def _send(self, text: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def faults(site: Path, pages: list[str], width: int, scheme: str) -> list[str]:
    """One line for each that is wrong on these pages, so shown."""
    handler = type("Here", (Site,), {"pages": pages, "found": None, "done": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(site)))
    server.handle_error = lambda request, address: None  # a browser that is done with a page hangs up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}/__run?width={width}&scheme={scheme}"
    with tempfile.TemporaryDirectory() as home:
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={home}",
                   f"--window-size={width + 40},900", "--remote-debugging-port=0")
        browser = subprocess.Popen([_chromium(), *options, place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ended = handler.done.wait(PATIENCE)
        finally:
            browser.kill()
            browser.wait()
            server.shutdown()
    found = handler.found if ended else [f"Chromium did not come to an end within {PATIENCE} s"]
    return [f"{width} px, {scheme}: {one}" for one in found or []]


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("no Chromium here; expected the command chromium, chromium-browser or google-chrome")
    return found


def main() -> int:
    site = Path(sys.argv[1]).resolve()
    pages = sys.argv[2:] or [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    found = [fault for width, scheme in LOOKS for fault in faults(site, pages, width, scheme)]
    looks = ", ".join(f"{width} px ({scheme})" for width, scheme in LOOKS)
    print("\n".join(found) or f"look: {len(pages)} pages at {looks}, none has a fault")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
