#!/usr/bin/env node
// An admin makes a policy with a keyboard and without scripts; the pages at both sizes, light and dark.
import assert from 'node:assert/strict';
import { launch } from './browser.mjs';
import { Ferry } from './ferry.mjs';
import { faults, logIn, pictures } from './operator.mjs';
import { run, test } from './tap.mjs';

const ferry = await Ferry.start();
const browser = await launch();
const page = await logIn(browser, ferry);
const bare = await logIn(browser, ferry, { javaScriptEnabled: false });
const list = `${ferry.https}/admin/policies`;

test('an empty list says what that means', async () => {
    await page.goto(`${ferry.https}/admin`);
    await page.getByRole('link', { name: 'Policies', exact: true }).first().click();
    await page.getByText('Every phone is asked for nothing.').waitFor();
    assert.deepEqual(await faults(page, list), []);
    await pictures(page, 'policies-empty');
});

test('a policy is made, changed and given without scripts', async () => {
    await bare.goto(list);
    await bare.getByLabel('Name').fill('staff');
    await bare.keyboard.press('Enter');
    await bare.getByText('The policy is made.').waitFor();
    await bare.getByLabel('The device must have a PIN or a password.').check();
    await bare.getByLabel('The password must have at least').fill('6');
    await bare.getByLabel('The camera may be used.').uncheck();
    await bare.getByRole('button', { name: 'Save' }).click();
    await bare.getByText('Saved. Phones get it with their next command.').waitFor();
    await bare.getByLabel('Give it to').fill('anna@example.org\n@example.com');
    await bare.getByRole('button', { name: 'Give', exact: true }).click();
    await bare.getByRole('rowheader', { name: '@example.com' }).waitFor();
    await bare.getByRole('button', { name: 'Take away from @example.com' }).click();
    await bare.getByRole('rowheader', { name: 'anna@example.org' }).waitFor();
    assert.equal(await bare.getByRole('rowheader', { name: '@example.com' }).count(), 0);
    assert.deepEqual(await faults(page, list), []);
    await pictures(page, 'policies');
    assert.deepEqual(await faults(page, `${list}/staff`), []);
    await pictures(page, 'policy');
});

test('what is refused is beside its field, and the way to it is a link', async () => {
    await page.goto(`${list}/staff`);
    await page.getByLabel('Wi-Fi may be used.').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    const wrong = page.locator('#wrong-AllowWiFi');
    await wrong.getByText('has to be accepted by its name').waitFor();
    await page.getByRole('alert').getByRole('link').click();
    assert.equal(new URL(page.url()).hash, '#AllowWiFi');
    assert.equal(await page.getByLabel('Wi-Fi may be used.').isChecked(), false);
    await pictures(page, 'policy-wrong');
    await page.getByLabel('I mean it. A change of AllowWiFi').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. Phones get it with their next command.').waitFor();
});

await run();
await browser.close();
await ferry.stop();
