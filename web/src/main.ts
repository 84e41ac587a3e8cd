import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { session } from "./lib/app.svelte";

mount(App, { target: document.getElementById("app") as HTMLElement });
void session.start();
