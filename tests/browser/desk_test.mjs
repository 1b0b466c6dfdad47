#!/usr/bin/env node
// The help desk at work: a link is made while the phone's owner is on the telephone, and what becomes of it is seen
// without touching the page; users come from a file; bundles are minted. With a pointer, and once with the keyboard only.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { launch, phone, tabTo, typeAtFocus } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';
import { run, test } from './tap.mjs';

const execute = promisify(execFile);
const ferry = await Ferry.start();
const browser = await launch();
const link = {};

const state = (page) => page.locator('#news .state');
const stateIs = (page, word) => page.waitForFunction(
    (wanted) => document.querySelector('#news .state')?.textContent === wanted, word);
const secrets = async (page) => ({
    url: ferry.https + new URL((await page.locator('#address').innerText()).trim()).pathname,
    pin: (await page.locator('#pin').innerText()).replace(/\s/g, ''),
});

test('an empty list says what to do', async () => {
    const page = await logIn(browser, ferry);
    for (const [path, heading] of [['links', 'There is no link yet'], ['import', 'No file yet']]) {
        await page.goto(`${ferry.https}/admin/${path}`);
        await page.getByRole('heading', { name: heading }).waitFor();
        await pictures(page, `${path}-empty`);
    }
});

test('the agent makes a link and sees what the phone does without touching the page', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin`);
    await page.getByRole('link', { name: 'New link' }).click();
    await page.getByLabel('User', { exact: false }).first().fill('ann@example.org');
    await page.getByLabel('Name', { exact: false }).first().fill('Ann Example');
    await page.getByLabel('Device', { exact: false }).first().fill('Pixel 8');
    await pictures(page, 'new-link');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByRole('heading', { level: 1, name: 'ann@example.org' }).waitFor();
    Object.assign(link, await secrets(page), { page: page.url() });
    assert.equal(await state(page).textContent(), 'Waiting');
    const message = await page.locator('#message').innerText();
    assert.ok(message.includes('Ann Example') && message.includes('/l/') && !message.includes(link.pin), message);
    const mailto = await page.getByRole('link', { name: 'Open in the mail program' }).getAttribute('href');
    assert.equal(new URL(mailto).searchParams.get('body').replaceAll('\r\n', '\n').trim(), message.trim());
    await pictures(page, 'link-made');

    const device = await phone(browser, 'android');
    await device.goto(link.url);
    await stateIs(page, 'Opened');
    await device.getByLabel('PIN').fill(link.pin);
    await device.getByRole('button').first().click();
    await stateIs(page, 'Claimed');
    const file = device.waitForEvent('download');
    await device.getByRole('link', { name: /^Download the certificate/ }).first().click();
    await (await file).path();
    await stateIs(page, 'Fetched');
    assert.ok(await page.getByText('Claimed with the right PIN').isVisible());
    await pictures(page, 'link-fetched');
});

test('loading the page again shows the same link and makes none', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/links/new`);
    await page.getByLabel('User', { exact: false }).first().fill('again@example.org');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.locator('#address').waitFor();
    const first = await secrets(page);
    await page.reload();
    assert.deepEqual(await secrets(page), first);
    const links = (await ferry.command('link', 'list', '--search', 'again', '--json')).trim().split('\n');
    assert.equal(links.length, 1, links.join());
});

test('another log-in of the same person does not see address and PIN', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(link.page);
    await page.getByRole('heading', { level: 1, name: 'ann@example.org' }).waitFor();
    assert.equal(await page.locator('#address').count(), 0);
    assert.ok(!(await page.content()).includes(new URL(link.url).pathname.split('/').pop()));
});

test('the list is searched while typing, and new links appear in it', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/links`);
    await pictures(page, 'links');
    await page.getByRole('searchbox').pressSequentially('pixel');
    await page.waitForFunction(() => document.querySelectorAll('#results tbody tr').length === 1);
    await page.getByRole('searchbox').fill('zebra');
    await page.getByRole('heading', { name: 'No link fits' }).waitFor();
    await ferry.link('zebra@example.org');
    await page.getByRole('link', { name: 'zebra@example.org' }).waitFor();
});

test('a link is cancelled and made anew', async () => {
    const page = await logIn(browser, ferry);
    const { id } = await ferry.link('joe@example.org');
    await page.goto(`${ferry.https}/admin/links/${id}`);
    await page.getByRole('button', { name: 'Cancel this link' }).click();
    await page.getByRole('status').getByText('The link is over').waitFor();
    assert.equal(await state(page).textContent(), 'Cancelled');
    await pictures(page, 'link-cancelled');
    await page.getByRole('button', { name: 'New link and PIN' }).click();
    await page.getByRole('status').getByText('Here is the new link').waitFor();
    const device = await phone(browser, 'android');
    const made = await secrets(page);
    await device.goto(made.url);
    await device.getByLabel('PIN').fill(made.pin);
    await device.getByRole('button').first().click();
    await stateIs(page, 'Claimed');
});

test('a file with bad rows makes nothing and names them', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/import`);
    const file = ferry.file('bad users.csv');
    await writeFile(file, 'user,mail\nkim@example.org,\n,\npat@example.org,nomail\n');
    await page.getByLabel('CSV file', { exact: false }).setInputFiles(file);
    await page.getByRole('button', { name: 'Check and make the links' }).click();
    await page.getByText('2 rows are bad.').waitFor();
    assert.ok(await page.getByText('the user is missing').isVisible());
    await pictures(page, 'import-refused');
    assert.equal(await ferry.command('link', 'list', '--search', 'kim'), '');
});

test('a file of users becomes links, and its result comes as CSV', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/import`);
    const file = ferry.file('users.csv');
    const users = Array.from({ length: 2000 }, (_, i) => `import${i}@example.org,"Import, ${i}"`);
    await writeFile(file, `user,name\n${users.join('\n')}\n`);
    await page.getByLabel('CSV file', { exact: false }).setInputFiles(file);
    await page.getByRole('button', { name: 'Check and make the links' }).click();
    await page.getByRole('progressbar').waitFor();
    await pictures(page, 'import-running');
    const button = page.getByRole('button', { name: 'Download addresses and PINs' });
    await button.waitFor();
    await pictures(page, 'import-finished');
    const download = page.waitForEvent('download');
    await button.click();
    const result = await readFile(await (await download).path(), 'utf8');
    assert.equal(result.trim().split('\r\n').length, 2001);
    assert.match(result, /^user,name,mail,device,url,pin,expires\r\nimport0@example\.org,"Import, 0",,,https:/);
    await page.reload();
    await page.getByRole('button', { name: 'I have it: erase it here' }).click();
    await page.getByRole('status').getByText('were erased').waitFor();
});

test('an admin mints a file with a password of his own, and several as an archive', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/mint`);
    await pictures(page, 'mint');
    const one = page.locator('form', { hasText: 'For one person' });
    await one.getByLabel('User', { exact: false }).first().fill('max@example.org');
    await one.getByLabel('Password of the file', { exact: false }).fill('=a password of my own');
    await one.getByRole('button').click();
    await page.getByRole('heading', { level: 1, name: 'The file is ready' }).waitFor();
    const shown = async (row) => (await page.locator('td .password').nth(row).locator('span').allTextContents()).join('');
    assert.equal(await shown(0), '=a password of my own');
    await page.getByRole('link', { name: 'Make another' }).click();
    await page.getByLabel('Users', { exact: false }).fill('eva@example.org, Eva Example, iPhone\nleo@example.org\n');
    await page.getByRole('button', { name: 'Make the files' }).click();
    await page.getByRole('heading', { level: 1, name: '2 files are ready' }).waitFor();
    await pictures(page, 'minted');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download bundles.zip' }).click();
    const archive = await (await download).path();
    await execute('unzip', ['-o', '-d', ferry.file('bundles'), archive]);
    await writeFile(ferry.file('password'), await shown(1));
    const { stdout } = await execute('openssl', ['pkcs12', '-in', ferry.file('bundles/02-leo.p12'), '-nokeys', '-passin',
        `file:${ferry.file('password')}`]);
    assert.match(stdout, /leo@example\.org/);
});

test('every page of the help desk is sound', async () => {
    const page = await logIn(browser, ferry);
    const found = [];
    const one = link.page.slice(ferry.https.length);
    await page.goto(`${ferry.https}/admin/import`);
    const imports = await page.locator('#imports a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    for (const path of ['/admin/links', '/admin/links/new', one, '/admin/mint', '/admin/import', ...imports])
        found.push(...await faults(page, ferry.https + path));
    await page.goto(`${ferry.https}/admin/links/new`);
    await page.getByLabel('User', { exact: false }).first().fill('sound@example.org');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.locator('#address').waitFor();
    found.push(...await faults(page, page.url()));
    await page.goto(`${ferry.https}/admin/mint`);
    await page.getByLabel('Users', { exact: false }).fill('sound@example.org');
    await page.getByRole('button', { name: 'Make the files' }).click();
    await page.getByRole('heading', { level: 1, name: 'The file is ready' }).waitFor();
    found.push(...await faults(page, page.url()));
    assert.deepEqual(found, []);
});

test('the keyboard and no script are enough to make a link, and to cancel it', async () => {
    const page = await logIn(browser, ferry, { javaScriptEnabled: false });
    await tabTo(page, page.getByRole('link', { name: 'New link' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'New link' }).waitFor();
    await typeAtFocus(page, 'kay@example.org');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Kay Example');
    await tabTo(page, page.getByRole('button', { name: 'Make the link' }));
    await page.keyboard.press('Enter');
    await page.locator('#address').waitFor();
    assert.match((await secrets(page)).pin, /^\d{6}$/);
    await tabTo(page, page.getByRole('button', { name: 'Cancel this link' }));
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('The link is over').waitFor();
});

test('a name is text wherever it is shown', async () => {
    const page = await logIn(browser, ferry);
    let ran = false;
    await page.exposeFunction('ran', () => { ran = true; });
    const evil = '<img src=x onerror=ran()>';
    const { id } = await ferry.link('evil@example.org', '--name', evil, '--device', '"><script>ran()</script>');
    await page.goto(`${ferry.https}/admin/links/${id}`);
    assert.ok(await page.getByText(evil).first().isVisible());
    await page.goto(`${ferry.https}/admin/links?search=evil`);
    assert.ok(await page.getByText(evil).first().isVisible());
    assert.equal(await page.locator('img[src=x]').count(), 0);
    assert.equal(ran, false);
});

await run();
await browser.close();
await ferry.stop();
