import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The page is built into the Python package; addresses are relative, so that it works under any path.
export default defineConfig({
  plugins: [svelte()],
  base: "./",
  build: {
    outDir: "../src/letdown/web/static",
    emptyOutDir: true,
    sourcemap: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // every bundled package with version, licence and full text; the foot of the page links to it
    license: { fileName: "licences.txt" },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8765" } },
});
