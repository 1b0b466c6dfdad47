// An operator at a desk: logging in, the checks that every operator's page must pass, and pictures to look at.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { device } from './browser.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const password = 'correct horse battery staple';

export const sizes = {
    desk: { width: 1280, height: 800 },
    phone: { width: 360, height: 740 },
};

// A page of a browser in which the first admin has logged in, with a password of his own. Scripts run unless `options`
// say otherwise.
export async function logIn(browser, ferry, options = {}) {
    const page = await device(browser, 'windows', { javaScriptEnabled: true, ...options });
    await page.goto(`${ferry.https}/admin`);
    await page.getByLabel('Name').fill(ferry.authority.admin);
    await page.getByLabel('Password').fill(ferry.ownPassword ?? ferry.authority.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    if (ferry.ownPassword === undefined) {
        await page.getByLabel('Present password').fill(ferry.authority.password);
        await page.getByLabel('New password', { exact: false }).first().fill(password);
        await page.getByLabel('New password again').fill(password);
        await page.getByRole('button', { name: 'Change password' }).click();
        ferry.ownPassword = password;
    }
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
    return page;
}

// Sentences about what is wrong: what axe-core finds of serious and critical kind, a page wider than its window, and a
// page that weighs more than 60 kB with everything that it loads.
export async function faults(page, path) {
    const found = [];
    let bytes = 0;
    const weigh = async (answer) => { bytes += (await answer.body().catch(() => '')).length; };
    page.on('response', weigh);
    await page.goto(path, { waitUntil: 'networkidle' });
    page.off('response', weigh);
    await page.evaluate(axe); // the page's own policy lets no foreign script in
    if (bytes > 60000)
        found.push(`${path} weighs ${bytes} bytes`);
    for (const [name, size] of Object.entries(sizes))
        for (const colorScheme of ['light', 'dark']) {
            await page.setViewportSize(size);
            await page.emulateMedia({ colorScheme });
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            if (wide > 0)
                found.push(`${path} is ${wide} px too wide for a ${name}`);
            const result = await page.evaluate(() => globalThis.axe.run());
            for (const violation of result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)))
                found.push(`${path} ${name} ${colorScheme}: ${violation.id} at ${violation.nodes[0].target}`);
        }
    return found;
}

// Pictures at both sizes, light and dark, for a person to look at: written where CERTFERRY_PICTURES says.
export async function pictures(page, name) {
    const folder = process.env.CERTFERRY_PICTURES;
    if (!folder)
        return;
    for (const [size, viewport] of Object.entries(sizes))
        for (const colorScheme of ['light', 'dark']) {
            await page.setViewportSize(viewport);
            await page.emulateMedia({ colorScheme });
            await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true });
        }
}
