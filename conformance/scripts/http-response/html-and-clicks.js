/*---
shows = "html(), clickLink() and submitForm()."
features = ["Response.html", "Response.clickLink", "Response.submitForm"]
compare = ["exit", "log", "wire"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const page = http.get(`${BASE}/html`);
  console.log(page.html('title').text(), page.html().find('li').size());
  const next = page.clickLink({ selector: 'a' });
  console.log(next.status, next.url);
  const sent = page.submitForm({ formSelector: '#f', fields: { user: 'eve' } });
  console.log(sent.json('method'), sent.json('body'));
}
