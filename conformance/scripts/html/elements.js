/*---
shows = "Elements and their own methods."
features = ["k6/html"]
compare = ["exit", "log"]
---*/
import { parseHTML } from 'k6/html';
const PAGE = '<html><head><title>T</title></head><body><h1 id="top" class="a b">Hi <b>you</b></h1><ul><li data-n="1" data-long-name="x">one</li><li>two</li><li class="last">three</li></ul><form><input name="u" value="ann"><select name="s"><option>p</option><option selected value="q">Q</option></select><input type="checkbox" name="c" checked><textarea name="t">text</textarea></form></body></html>';

export default function () {
  const el = parseHTML(PAGE).find('h1').get(0);
  console.log(el.nodeName(), el.nodeType(), el.id(), el.className(), el.innerHTML(), el.textContent(), el.hasAttribute('class'), el.getAttribute('id'));
  console.log(el.childNodes().length, el.firstChild().textContent(), el.lastElementChild().nodeName(), el.hasChildNodes(), el.parentElement().nodeName());
  const input = parseHTML(PAGE).find('input').get(0); console.log(input.value(), input.name(), input.type(), parseHTML(PAGE).find('select').get(0).selectedIndex());
}
