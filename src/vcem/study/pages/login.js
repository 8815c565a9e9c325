// Name and password, on a page of its own or over the case on the screen.
export async function login(form) {
  const said = new FormData(form);
  const answer = await fetch("/login", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF": "login" },
    body: JSON.stringify({ reader: said.get("reader"), password: said.get("password") }) });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  form.reset();
  return content.csrf;
}

document.getElementById("login")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try { await login(event.target); location.assign("/read"); }
  catch (error) { document.getElementById("error").textContent = error.message; }
});
