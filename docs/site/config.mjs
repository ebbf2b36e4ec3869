/* The site, as VitePress makes it of what docs/site/site.lua lays out. */
import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";

const sidebar =
  JSON.parse(readFileSync(new URL("../navigation.json", import.meta.url)));

/* Anchors as Git hosting pages make them, so that a link works in both places:
   docs/site/markdown.lua has the same rule. */
function slugify(heading) {
  return heading.toLowerCase().replace(/[\u2000-\u2bff]/g, "")
    .replace(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-");
}

export default defineConfig({
  title: "Base",
  description: "A WebSocket server for applications that already have users",
  outDir: "../../site",
  markdown: { anchor: { slugify } },
  themeConfig: {
    sidebar,
    nav: sidebar.map(({ text, items }) => ({ text, link: items[0].link })),
    search: { provider: "local" },
    outline: [2, 3],
  },
});
