const field = document.getElementById("wanted");
const told = document.getElementById("told");
const rows = [...document.querySelectorAll("#found tbody tr")];
const texts = rows.map((row) => row.textContent.toLowerCase());
const sift = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let many = 0;
  rows.forEach((row, at) => {
    const fits = words.every((word) => texts[at].includes(word));
    row.hidden = !fits;
    many += fits;
  });
  told.textContent = `${many.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
};
document.getElementById("search").hidden = false;
field.value = new URLSearchParams(location.search).get("q") || "";
field.addEventListener("input", sift);
sift();
