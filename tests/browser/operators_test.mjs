#!/usr/bin/env node
// Operators, API keys and one's own account, as an admin uses them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

import { device, launch } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';
import { run, test } from './tap.mjs';

const ferry = await Ferry.start();
const browser = await launch();

test('an operator is added, logs in with the first password and chooses another', async () => {
    const page = await logIn(browser, ferry);
    await page.getByRole('link', { name: 'Operators' }).click();
    await page.getByLabel('Name', { exact: true }).fill('bob');
    await page.getByRole('button', { name: 'Add, and show the first password' }).click();
    await page.getByRole('heading', { name: 'First password of bob' }).waitFor();
    const password = await page.locator('#password').textContent();
    await pictures(page, 'operators');
    const desk = await device(browser, 'windows');
    await desk.goto(`${ferry.https}/admin`);
    await desk.getByLabel('Name').fill('bob');
    await desk.getByLabel('Password').fill(password);
    await desk.getByRole('button', { name: 'Log in' }).click();
    await desk.getByRole('heading', { name: 'Your password' }).waitFor();
});

test('a key is made, shown once and revoked', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/keys`);
    await page.getByLabel('What it is for').fill('monitoring');
    await page.getByRole('button', { name: 'Make, and show the key' }).click();
    assert.match(await page.locator('#key').textContent(), /^cfk_[a-z2-9]{34}$/);
    await pictures(page, 'keys');
    await page.getByRole('button', { name: 'Revoke monitoring' }).click();
    await page.getByRole('status').getByText('The key lets nobody in any more').waitFor();
    assert.equal(await page.locator('#key').count(), 0);
});

test('one-time codes are set up with an app', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/account`);
    await page.getByRole('button', { name: 'Set up' }).click();
    const secret = await page.locator('code').textContent();
    await pictures(page, 'codes');
    const code = execFileSync('oathtool', ['--totp', '--base32', '-'], { input: secret }).toString().trim();
    await page.getByLabel('The six digits').fill(code);
    await page.getByRole('button', { name: 'Ask for codes from now on' }).click();
    assert.equal(await page.locator('.words li').count(), 10);
    const recovery = await page.locator('.words li').first().textContent();
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await pictures(page, 'account');
    assert.deepEqual(await faults(page, `${ferry.https}/admin/account`), []);
    await page.getByLabel('Code of the app').fill(recovery);
    await page.getByRole('button', { name: 'Switch codes off' }).click();
    await page.getByRole('status').getByText('No one-time codes').waitFor();
});

test('every page is sound', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin/account`);
    await page.getByRole('button', { name: 'Set up' }).click();
    const found = [];
    for (const path of ['/admin/operators', '/admin/keys', '/admin/account', '/admin/account/codes', '/admin/login'])
        found.push(...await faults(page, ferry.https + path));
    assert.deepEqual(found, []);
});

await run();
await browser.close();
await ferry.stop();
