// @ts-check
// Has the browser keep what it is to say of itself when it comes back.
const written = new Map(); // by this tab: another one may have written since, what is no news must not undo that

export default function ({ data }) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  for (const [name, cookie] of Object.entries(data)) {
    if (written.get(name) !== cookie) document.cookie = `${name}=${cookie}; path=/; samesite=lax${secure}`;
    written.set(name, cookie);
  }
}
