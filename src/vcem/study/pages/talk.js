// How the pages speak with the server: a reader sees sentences, never what a program says to another.
export async function reach(path, options) {
  try { return await fetch(path, options); } catch { throw new Error("The server does not answer"); }
}

export async function content(answer) {
  const found = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(found?.error ?? `The server could not do this (${answer.status})`);
  if (found === null) throw new Error("The server's answer did not come whole");
  return found;
}
