// Marks in the table of contents where one is: the last heading above the upper third of the window.

const links = [...document.querySelectorAll("nav a")];
const places = links.map((link) => document.getElementById(link.hash.slice(1)));

function current() {
  const line = window.innerHeight / 3;
  const atEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
  const above = places.filter((place) => place.getBoundingClientRect().top <= line);
  return atEnd ? places.length - 1 : above.length - 1;
}

function mark() {
  const here = current();
  links.forEach((link, k) => {
    if (k === here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
}

if (links.length) {
  window.addEventListener("scroll", mark, { passive: true });
  window.addEventListener("resize", mark);
  mark();
}
