// Copies a text of the page as plain text.

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea"); // a page from a file has no clipboard in every browser
  field.value = text;
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (!isDone) throw new Error("not allowed");
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const said = document.getElementById(button.dataset.say);
  button.addEventListener("click", async () => {
    try {
      await copy(source.innerText);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "This browser does not let the page copy: select the text instead.";
    }
  });
}
