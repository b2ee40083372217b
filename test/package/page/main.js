import { compareThreads } from "./threads.js";
import { train } from "./train.js";

const out = document.querySelector("output");
try {
  out.textContent = JSON.stringify(await (location.search === "?threads" ? compareThreads() : train()));
} catch (error) {
  out.textContent = String(error);
}
out.dataset.done = "";
