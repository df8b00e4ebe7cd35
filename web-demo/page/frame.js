// Painting, at most once per animation frame however often something changes.

const due = new Set();

/** Has `paint` called before the next frame; calls until then are one. */
export function schedule(paint) {
  if (due.size === 0) {
    requestAnimationFrame(() => {
      const now = [...due];
      due.clear();
      for (const paint of now) paint();
    });
  }
  due.add(paint);
}

/** Sets an element's text, and leaves the document alone where it says so already. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The elements of `root` that carry a `data-part`, by its value. */
export function parts(root) {
  return Object.fromEntries(Array.from(root.querySelectorAll('[data-part]'), (element) => [element.dataset.part, element]));
}
