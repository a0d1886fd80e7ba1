/*---
shows = "Selecting and reading."
features = ["k6/html"]
compare = ["exit", "log"]
---*/
import { parseHTML } from 'k6/html';
const PAGE = '<html><head><title>T</title></head><body><h1 id="top" class="a b">Hi <b>you</b></h1><ul><li data-n="1" data-long-name="x">one</li><li>two</li><li class="last">three</li></ul><form><input name="u" value="ann"><select name="s"><option>p</option><option selected value="q">Q</option></select><input type="checkbox" name="c" checked><textarea name="t">text</textarea></form></body></html>';

export default function () {
  const doc = parseHTML(PAGE);
  console.log(doc.find('title').text(), doc.find('h1').html(), doc.find('h1').attr('id'), doc.find('li').size());
  console.log(doc.find('li').first().text(), doc.find('li').last().text(), doc.find('li').eq(1).text(), doc.find('li').get(2).textContent());
  console.log(doc.find('li').map((i, el) => `${i}${el.text()}`).join(), doc.find('li.last').prev().text(), doc.find('b').parent().attr('class'));
  const seen = []; doc.find('li').each((i, el) => seen.push(el.textContent())); console.log(seen.join());
  console.log(doc.find('li').filter('.last').size(), doc.find('li').not('.last').size(), doc.find('h1').is('.a'), doc.find('li').toArray().length);
  console.log(doc.find('nothing').size(), doc.find('nothing').text() === '', doc.find('nothing').attr('x'), doc.find('ul').children().size());
  console.log(doc.find('li').slice(1).text(), doc.find('ul').contents().size(), doc.find('li').eq(0).next().text(), doc.find('li').eq(0).siblings().size());
}
