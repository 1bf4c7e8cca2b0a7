// Enlarges a figure over the whole window. The picture itself is moved, so that its ids stay unique.

const overlay = document.createElement("dialog");
overlay.className = "zoom";
overlay.innerHTML =
  '<div class="zoom-bar"><span></span><button type="button" class="close">Close</button></div>' +
  '<div class="zoom-art"></div>';
const heading = overlay.querySelector("span");
const stage = overlay.querySelector(".zoom-art");
let home = null;

function enlarge(art) {
  home = art;
  art.style.minHeight = `${art.offsetHeight}px`; // the page behind stays as it is
  heading.textContent = art.dataset.title;
  overlay.setAttribute("aria-label", art.dataset.title);
  stage.append(art.querySelector("svg"));
  overlay.showModal();
}

function putBack() {
  home.append(stage.querySelector("svg"));
  home.style.minHeight = "";
}

for (const art of document.querySelectorAll(".art")) {
  art.addEventListener("click", () => enlarge(art));
  art.closest("figure").querySelector(".enlarge").addEventListener("click", () => enlarge(art));
}
overlay.addEventListener("close", putBack);
overlay.addEventListener("click", (event) => {
  if (!event.target.closest("svg")) overlay.close();
});
document.body.append(overlay);
