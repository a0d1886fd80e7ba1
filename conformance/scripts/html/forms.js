/*---
shows = "Forms, values and data."
features = ["k6/html"]
compare = ["exit", "log"]
---*/
import { parseHTML } from 'k6/html';
const PAGE = '<html><head><title>T</title></head><body><h1 id="top" class="a b">Hi <b>you</b></h1><ul><li data-n="1" data-long-name="x">one</li><li>two</li><li class="last">three</li></ul><form><input name="u" value="ann"><select name="s"><option>p</option><option selected value="q">Q</option></select><input type="checkbox" name="c" checked><textarea name="t">text</textarea></form></body></html>';

export default function () {
  const doc = parseHTML(PAGE); const form = doc.find('form');
  console.log(form.serialize(), JSON.stringify(Object.entries(form.serializeObject()).sort()), JSON.stringify(form.serializeArray().map((x) => `${x.name}=${x.value}`).sort()));
  console.log(doc.find('input').val(), doc.find('select').val(), doc.find('textarea').val(), doc.find('li').data('n'), doc.find('li').data('longName'));
  console.log(JSON.stringify(Object.entries(doc.find('li').data()).sort()), doc.find('body').closest('html').size(), doc.find('li').parents('body').size());
}
