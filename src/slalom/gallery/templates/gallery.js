// Where the reader asks for less motion, films wait to be started.
if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
  for (const film of document.querySelectorAll("video[autoplay]")) {
    film.autoplay = false;
    film.pause();
  }
}
