/** Requests to the server of the page; every failure is one sentence. */

import { decodeColumns, type Run } from "./columns";
import { runParams, type Query } from "./state";
import type { Catalog, Why } from "./types";

export class ServerError extends Error {}

/** The server's answer, or its refusal as an error of one sentence. */
export async function answer(path: string, options: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServerError("The server of this page does not answer; start it again with: letdown explore.");
  }
  if (response.ok) return response;
  let text = `The server answered ${response.status}.`;
  try {
    const body = (await response.json()) as { error?: string };
    if (body.error) text = body.error;
  } catch {
    // not JSON: the status has to do
  }
  throw new ServerError(text);
}

export async function getCatalog(): Promise<Catalog> {
  return (await (await answer("api/catalog")).json()) as Catalog;
}

export async function getReady(): Promise<{ ready: boolean; text: string }> {
  return (await (await answer("api/ready")).json()) as { ready: boolean; text: string };
}

/** Where a query is run, and with what. */
export function runAddress(query: Query): string {
  if (!query.lactation) return `api/run?${runParams(query)}`;
  const { preset, day, feed, seed } = query.lactation;
  return `api/zoom?${new URLSearchParams({ preset, seed: String(seed), day: String(day), feed: String(feed) })}`;
}

export async function getRun(query: Query, signal: AbortSignal): Promise<Run> {
  return decodeColumns(await (await answer(runAddress(query), { signal })).arrayBuffer());
}

export async function getWhy(query: Query, place: { letDown: number } | { moment: number }): Promise<Why> {
  const params = runParams(query);
  if ("letDown" in place) params.set("let_down", String(place.letDown + 1)); // the server counts from 1
  else params.set("moment", place.moment.toFixed(1));
  return (await (await answer(`api/why?${params}`)).json()) as Why;
}

export function downloadAddress(query: Query, kind: string): string {
  const params = runParams(query);
  params.set("as", kind);
  return `api/download?${params}`;
}

export async function postScenario(toml: string): Promise<string> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="letdown-token"]')?.content ?? "";
  const response = await answer("api/scenario", {
    method: "POST",
    headers: { "content-type": "application/toml", "x-letdown-token": token },
    body: toml,
  });
  return ((await response.json()) as { link: string }).link;
}
