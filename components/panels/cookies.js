// @ts-check
// Has the browser keep what it is to say of itself when it comes back.
export default function ({ data }) {
  for (const cookie of data.cookies) document.cookie = cookie;
}
