// Selections; observed with k6 2.2.0.
import { parseHTML } from 'k6/html';
const sorted = (v) => v === undefined ? 'undefined' : JSON.stringify(v, (k, x) => x && typeof x === 'object' && !Array.isArray(x) && !(x instanceof ArrayBuffer) ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))) : x);
function t(name, f) {
  let r;
  try {
    r = f();
    r = r instanceof ArrayBuffer ? 'AB[' + new Uint8Array(r) + ']' : typeof r + ' ' + sorted(r);
  } catch (e) {
    r = 'throws ' + e.name + ': ' + e.message;
  }
  console.log(name + ' => ' + r);
}
const src = `<html lang="en"><head><title>T</title></head><body class="a b">
<div id="x" data-n="5" data-t="true" data-f="false" data-nul="null" data-o='{"a":1}' data-arr='[1,2]' data-long-name="hi" data-num="1.50" data-e="1e3" data-hex="0x1" data-s="abc" data-empty="" data-bad="{oops">
<p class="p1">one "q" 'a' &amp; &lt; &nbsp; é</p><!-- c --><p class="p2">two</p><span>three <b>bold</b></span></div>
<ul><li class="item">1</li><li class="item sel">2</li><li>3</li></ul>
<form id="f" action="/go?x=1" method="POST"><input name="t" value="v"><input type="checkbox" name="c1" value="1" checked><input type="checkbox" name="c2" value="1"><input type="radio" name="r" value="a"><input type="radio" name="r" value="b" checked>
<select name="s"><option value="1">A</option><option value="2" selected>B</option></select>
<select name="m" multiple><option selected>M1</option><option>M2</option><option selected>M3</option></select>
<textarea name="ta">text
area</textarea><input type="submit" name="sub" value="go"><input type="button" name="btn" value="go"><input name="dis" value="d" disabled><input value="noname"><button name="bu" value="x">b</button><input type="file" name="fi"><input type="hidden" name="h" value="a b&c"><input type="checkbox" name="on" checked><input type="reset" name="rs" value="r"><input type="image" name="im" value="i"></form>
<table><caption>Cap</caption><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></tbody><tfoot><tr><td>f</td></tr></tfoot></table>
<a href="http://user:pw@Host.com:8080/p/a?q=1#frag" rel="nofollow noopener">link</a><a href="/rel">l2</a>
</body></html>`;
export default function () {

  let d = parseHTML(src);
  t('size', ()=>d.size());
  t('doc html', ()=>d.html().length + d.html().slice(0,60));
  t('x html', ()=>d.find('#x').html());
  t('x text', ()=>d.find('#x').text());
  t('none html', ()=>d.find('#nope').html());
  t('none text', ()=>d.find('#nope').text());
  t('none attr', ()=>d.find('#nope').attr('a'));
  t('none attr def', ()=>d.find('#nope').attr('a','def'));
  t('attr', ()=>d.find('#x').attr('data-n'));
  t('attr undefined', ()=>d.find('#x').attr('zzz')===undefined);
  t('attr null', ()=>d.find('#x').attr('zzz')===null);
  t('attr noargs', ()=>d.find('#x').attr());
  for (const k of ['n','t','f','nul','o','arr','longName','long-name','num','e','hex','s','empty','bad','zz']) t('data '+k, ()=>d.find('#x').data(k));
  t('data', ()=>d.find('#x').data());
  t('data none', ()=>d.find('#nope').data());
  t('data none k', ()=>d.find('#nope').data('x'));
  t('invalid sel', ()=>d.find('[[[').size());
  t('invalid sel2', ()=>d.find('li:first').size());
  t('invalid sel3', ()=>d.find('li:eq(1)').size());
  t('contains', ()=>d.find('p:contains("TWO")').size()+' '+d.find('p:contains(two)').size()+ ' '+ d.find('p:contains("two")').size());
  t('containsOwn', ()=>d.find('span:containsOwn("bold")').size()+' '+d.find(':containsOwn("bold")').size());
  t('has', ()=>d.find('div:has(b)').size()+' '+d.find('div:haschild(b)').size());
  t('!=', ()=>d.find('li[class!=item]').size());
  t('i', ()=>d.find('[CLASS="ITEM" i]').size() + ' '+d.find('LI').size());
  t('input', ()=>d.find(':input').size());
  t('nth', () => ['li:nth-child(2n+1)', 'li:nth-child(odd)', 'li:nth-child(even)', 'li:nth-last-child(1)', 'li:first-child', 'li:last-child', 'li:only-child', 'li:nth-of-type(2)', 'li:not(.item)', 'li:first-of-type', ':root', 'p:empty', 'input:checked', 'input:disabled', 'input:enabled', 'a:link', '*'].map((s) => s + '=' + d.find(s).size()));
  t('comb', ()=>['div > p','div p','p + p','p ~ span','p,span','ul>li.item.sel','body *','#x>p, #x>span','> div','li.item:not(.sel)'].map(s=>s+'='+d.find(s).size()));
  t('children', ()=>d.find('#x').children().size()+' '+d.find('#x').children('p').size());
  t('contents', ()=>d.find('#x').contents().size());
  t('closest', ()=>d.find('b').closest('div').attr('id')+ d.find('b').closest('zz').size());
  t('eq', ()=>[0,1,-1,5].map(i=>d.find('li').eq(i).text()));
  t('get', ()=>[0,1,-1].map(i=>d.find('li').get(i).textContent()));
  t('get5', ()=>d.find('li').get(5)===undefined);
  t('get all', ()=>d.find('li').get().length);
  t('toArray', ()=>d.find('li').toArray().map(x=>x.text()));
  t('slice', ()=>d.find('li').slice(1).size()+' '+d.find('li').slice(0,2).size()+' '+d.find('li').slice(-1).text()+' '+d.find('li').slice(0,-1).size());
  t('next', ()=>d.find('.p1').next().text()+'|'+d.find('.p1').next('span').size()+'|'+d.find('.p1').nextAll().size()+'|'+d.find('.p1').nextUntil('span').size()+'|'+d.find('.p1').nextUntil().size());
  t('prev', ()=>d.find('span').prev().text()+'|'+d.find('span').prev('.p1').size()+'|'+d.find('span').prevAll().eq(0).text()+'|'+d.find('span').prevUntil('.p1').size());
  t('parent', ()=>d.find('b').parent().get(0).nodeName()+'|'+d.find('b').parents().size()+'|'+d.find('b').parentsUntil('body').size()+'|'+d.find('b').parents('div').size()+'|'+d.find('li').parent().size()+'|'+d.find('li').parents().size());
  t('nextUntil filter', ()=>d.find('.p1').nextUntil('zz','span').size());
  t('filter', ()=>d.find('li').filter('.item').size()+' '+d.find('li').filter((i,e)=>i===0).size()+' '+d.find('li').filter((i,e)=>e.attr? true:false).size()+' '+d.find('li').filter(d.find('.sel')).size());
  t('filter this', ()=>d.find('li').filter(function(i,e){ return e.text()==='2' }).size());
  t('not', ()=>d.find('li').not('.item').size()+' '+d.find('li').not((i,e)=>i===0).size()+' '+d.find('li').not(d.find('.sel')).size());
  t('is', ()=>d.find('li').is('.item')+' '+d.find('li').is((i,e)=>i===7)+' '+d.find('li').is(d.find('.sel'))+' '+d.find('li').is('div'));
  t('has', ()=>d.find('div').has('b').size()+' '+d.find('li').has('b').size()+ ' '+d.find('div').has(d.find('b')).size());
  t('map', ()=>d.find('li').map((i,e)=>i+e.text()));
  t('mapnull', ()=>d.find('li').map((i,e)=>i==1?null:undefined));
  t('each', ()=>{ const r=[]; const x=d.find('li').each((i,e)=>{ r.push(i+e.textContent()); return false}); return r.concat(x===undefined?'undef':x.size?x.size():'obj'); });
  t('each nofn', ()=>d.find('li').each('x'));
  t('map nofn', ()=>d.find('li').map('x'));
  t('filter num', ()=>d.find('li').filter(3).size());
  t('find sel', ()=>d.find(d.find('li')).size());
  t('find nested', ()=>d.find('ul').find('li').size());
  t('vals', ()=>['[name=t]','[name=c1]','[name=c2]','[name=r]','[name=s]','[name=m]','[name=ta]','[name=bu]','#x','[name=on]','option','[name=nope]','li'].map(s=>[s,d.find(s).val()]));
  t('serialize', ()=>d.find('form').serialize());
  t('serializeArray', ()=>d.find('form').serializeArray());
  t('serializeObject', ()=>d.find('form').serializeObject());
  t('serialize input', ()=>d.find('form input').serialize());
  t('serialize select', ()=>d.find('select').serialize());
  t('serialize none', ()=>d.find('#x').serialize());
  t('first last', ()=>d.find('li').first().text()+d.find('li').last().text());
  t('text multi', ()=>d.find('li').text());
  t('html multi', ()=>d.find('li').html());
  t('attrs', ()=>d.find('a').attr('href'));
  t('parse undefined', ()=>parseHTML(undefined).html());
  t('parse null', ()=>parseHTML(null).html());
  t('parse num', ()=>parseHTML(5).html());
  t('parse none', ()=>parseHTML().html());
  t('parse ab', ()=>parseHTML(new Uint8Array([97]).buffer).html());
  t('length', ()=>d.find('li').length);
  t('doc find chain html', ()=>parseHTML('<p>a<br>b<img src=x alt="q&quot;w\'"><script>1<2 && "a"</script><style>a>b</style><textarea>\nx</textarea><pre>\n\ny</pre>').find('body').html());
  t('doc2', ()=>parseHTML('<!DOCTYPE html><!--c--><p>x').html());
  t('noscript', ()=>parseHTML('<noscript><p>x</p></noscript>').find('p').size());
  t('template', ()=>parseHTML('<template><p>x</p></template>').find('p').size());
  t('svg', ()=>parseHTML('<svg viewBox="0 0 1 1"><linearGradient xlink:href="#a"/></svg>').html() );
  t('slice nan', ()=>d.find('li').slice().size());
  t('eq undef', ()=>d.find('li').eq().text());

  d = parseHTML(`<form><input type=checkbox name=a value=1 checked><input type=checkbox name=b value=1 checked=checked><input type=checkbox name=c value=1 checked=true><input type=radio name=r value=1 checked><input type=radio name=r2 value=1><select name=s><option>x</option><option value=y>z</option></select><select name=m multiple><option>1</select><select name=e></select><input name=t><input name=t value=2><textarea name=u>q</textarea><input name=v type=password value=p><input type=email name=em value=x@y><input name=dd value=1 disabled=disabled></form>`);
  t('ser',()=>d.find('form').serialize());
  t('serA',()=>d.find('form').serializeArray());
  t('serO',()=>d.find('form').serializeObject());
  t('serOne',()=>d.find('input').serializeArray());
  t('sel val',()=>d.find('select').val());
  t('sel m',()=>d.find('[name=m]').val());
  t('sel e',()=>d.find('[name=e]').val());
  t('index',()=>[d.find('option').index(), d.find('form').index(), d.find('option').last().index(), d.find('[name=u]').index(),d.find('input').index('[name=b]'),d.find('[name=b]').index('input'),d.find('input').index(d.find('[name=c]')), d.find('zz').index()]);
  t('add',()=>[d.find('option').add('input').size(), d.find('option').add(d.find('select')).size(),d.find('option').add('option').size(), d.find('option').add('select').get(0).nodeName()]);
  t('end',()=>d.find('form').find('select').end().get(0).nodeName());
  t('siblings',()=>[d.find('select').first().siblings().size(), d.find('select').siblings('textarea').size(),d.find('select').siblings().size()]);
  t('single1',()=>d.find('form').single('select').size());
  t('map undefined', ()=>d.find('select').map((i,e)=>undefined).map(x=>x===undefined?'u':x===null?'n':x));
  t('map null', ()=>d.find('select').map((i,e)=>null).map(x=>x===undefined?'u':x===null?'n':x));
  t('data none', ()=>d.find('zz').data()===undefined);
  t('data nothing', ()=>d.find('form').data());
  t('datavals', ()=>parseHTML('<p data-a="-5" data-b="007" data-c="1.5" data-d="1e3" data-e=" 5" data-f="TRUE" data-g="null" data-h="123456789012345678901" data-i="[1" data-j="9007199254740993" data-k="0" data-l="-0" data-m="+1" data-n=".5" data-o="5." data-fooBar="x" data-p="undefined" data-q=\'"x"\' data-r="1.0">').find('p').data());
  t('datanull', ()=>{const x=parseHTML('<p data-g="null" data-e="">').find('p');return [x.data('g')===null,x.data('g')===undefined,x.data('e')===undefined,x.data('e')===null]});
  t('val none', ()=>{ const x=d.find('zz').val(); return [x===undefined,x===null]});
  t('val div', ()=>{ const x=d.find('form').val(); return [x===undefined,x===null]});
  t('enabled', ()=>[d.find(':enabled').size(),d.find(':disabled').size(),d.find(':checked').size(),d.find(':selected').size()]);
  t('closest sel', ()=>parseHTML('<p>a<b>x</b>').find('b').closest('p').size());
  t('contents text', ()=>parseHTML('<p>a<b>x</b>').find('p').contents().toArray().map(x=>x.text()));
  t('contents get', ()=>parseHTML('<p>a<b>x</b><!--c--></p>').find('p').contents().get().map(x=>x.nodeName()+x.nodeType()+x.nodeValue()));
  t('doc get', ()=>parseHTML('<p>').get(0).nodeName()+parseHTML('<p>').get(0).nodeType());
  t('html order', ()=>parseHTML('<div><p id=1><p id=2></div>').find('p, div').map((i,x)=>x.get(0).nodeName()));
  t('parents order', ()=>parseHTML('<div><p><b>x</b></p><i><u>y</u></i></div>').find('b, u').parents().map((i,x)=>x.get(0).nodeName()));
  t('find dup', ()=>parseHTML('<div><div><p></p></div></div>').find('div').find('p').size());
  t('not is empty', ()=>parseHTML('<p>').find('[[').size()+' '+parseHTML('<p>').find('p').not('[[').size()+' '+parseHTML('<p>').find('p').is('[[')+ ' '+parseHTML('<p>').find('p').filter('[[').size()+ ' '+parseHTML('<p>').find('p').closest('[[').size());
}
