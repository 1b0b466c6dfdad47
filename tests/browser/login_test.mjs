#!/usr/bin/env node
// Logging in as a person does: with a pointer, with the keyboard only, without scripts.
import assert from 'node:assert/strict';

import { device, launch, tabTo, typeAtFocus } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';
import { run, test } from './tap.mjs';

const ferry = await Ferry.start();
const browser = await launch();

test('the first password must be changed, then Home is shown', async () => {
    const page = await logIn(browser, ferry);
    assert.ok(await page.getByRole('status').getByText('Your password was changed').isVisible());
    await pictures(page, 'home');
});

test('every page of the log-in is sound', async () => {
    const page = await logIn(browser, ferry);
    const found = [];
    for (const path of ['/admin', '/admin/password', '/admin/login'])
        found.push(...await faults(page, ferry.https + path));
    assert.deepEqual(found, []);
    await page.goto(`${ferry.https}/admin/password`);
    await pictures(page, 'password');
    await page.goto(`${ferry.https}/admin/login`);
    await pictures(page, 'login');
});

test('the keyboard and no script are enough', async () => {
    const page = await device(browser, 'windows');
    await page.goto(`${ferry.https}/admin`);
    await typeAtFocus(page, ferry.authority.admin);
    await page.keyboard.press('Tab');
    await page.keyboard.type(ferry.ownPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    await tabTo(page, page.getByRole('button', { name: 'Log out' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Log in' }).waitFor();
});

test('Home shows a new link without being touched', async () => {
    const page = await logIn(browser, ferry);
    await page.goto(`${ferry.https}/admin`);
    const waiting = page.locator('#totals dd').first();
    const before = Number(await waiting.textContent());
    await ferry.link('ann@example.com');
    await page.waitForFunction((wanted) => document.querySelector('#totals dd').textContent === wanted,
        String(before + 1));
});

await run();
await browser.close();
await ferry.stop();
