// Sorting, and pictures where one points.

const body = document.querySelector("tbody");
const headings = [...document.querySelectorAll("th")];

/** Numbers by value, largest first; what was not measured comes last. Texts by the alphabet. */
function sort(column, ascending) {
  const key = (row) => {
    const cell = row.children[column];
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return cell.textContent === "–" ? -Infinity : cell.textContent;
  };
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return typeof x === "string" ? x.localeCompare(y) : x - y;
  });
  body.append(...(ascending ? rows : rows.reverse()));
  headings.forEach((heading, i) => {
    if (i === column) heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    else heading.removeAttribute("aria-sort");
  });
}

headings.forEach((heading, column) => {
  heading.querySelector("button")?.addEventListener("click", () => {
    const text = column < 3;
    const again = heading.getAttribute("aria-sort");
    sort(column, again ? again === "descending" : text);
  });
});

const hover = document.getElementById("hover");

function point(circle) {
  const picture = document.querySelector(`#row-${circle.dataset.row} img`);
  hover.querySelector("img").src = picture.src;
  hover.querySelector("p").textContent = picture.alt;
  hover.hidden = false;
  const [box, own] = [circle.getBoundingClientRect(), hover.getBoundingClientRect()];
  hover.style.left = `${Math.max(4, Math.min(box.right + 8, innerWidth - own.width - 4))}px`;
  hover.style.top = `${Math.max(4, Math.min(box.top - own.height / 2, innerHeight - own.height - 4))}px`;
}

for (const circle of document.querySelectorAll("circle")) {
  for (const begin of ["pointerenter", "focus"]) circle.addEventListener(begin, () => point(circle));
  for (const end of ["pointerleave", "blur"]) circle.addEventListener(end, () => (hover.hidden = true));
  circle.addEventListener("click", () => {
    document.querySelector("tr.found")?.classList.remove("found");
    const row = document.getElementById(`row-${circle.dataset.row}`);
    row.classList.add("found");
    row.scrollIntoView({ block: "center" });
  });
}
