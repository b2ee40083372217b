export { WriteError, writeFileAtomic } from "./writeFileAtomic.js";
