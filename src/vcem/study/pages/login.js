// Name and password, on a page of its own or over the case on the screen.
import { content, reach } from "/page/talk.js";

export async function login(form) {
  const said = new FormData(form);
  const answer = await reach("/login", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF": "login" },
    body: JSON.stringify({ reader: said.get("reader"), password: said.get("password") }) });
  const { csrf } = await content(answer);
  form.reset();
  return csrf;
}

document.getElementById("login")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try { await login(event.target); location.assign("/read"); }
  catch (error) { document.getElementById("error").textContent = error.message; }
});
