/*
 * The ticket at work. Opening a bundle takes the ticket itself; finding it takes only its hash. The
 * profile stands in the same envelope as the .p12, so that both are the same bytes each time.
 */
#include "service/collect.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"
#include "service/authority.h"
#include "service/bundle.h"
#include "service/claim_attempt.h"
#include "service/device_profile.h"
#include "service/enrol_row.h"
#include "service/entity_tag.h"
#include "service/envelope.h"
#include "service/file_stem.h"
#include "service/network.h"
#include "service/person.h"
#include "store/bundle_store.h"
#include "store/certificate_store.h"
#include "store/link_store.h"

#include <stdio.h>

_Static_assert(sizeof(((struct collected *)0)->etag) >= ENTITY_TAG_SIZE, "an entity tag fits");

struct found {
    struct enrolment link;
    struct bundle_row bundle;
    bool by_claimer; /* rather than by somebody who has found the ticket */
};

static void found_clear(struct found *found)
{
    bundle_row_clear(&found->bundle);
}
CLEANUP_VALUE(struct found, found_clear)

void collected_clear(struct collected *collected)
{
    buf_clear(&collected->bytes);
    *collected = (struct collected){0};
}

static bool window_is_open(const struct found *found, int64_t now)
{
    bool state = found->link.state == LINK_CLAIMED || found->link.state == LINK_DELIVERED;
    return state && found->bundle.erased_at == 0 && now < found->link.window_ends_at;
}

static enum status find(struct db_tx *tx, struct span ticket, const struct claimer *claimer,
                        struct found *found)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(ticket, hash));
    TRY(bundle_store_find(tx, span_of(hash, sizeof hash), &found->bundle));
    struct link_row row defer(link_row_clear) = {0};
    TRY(link_store_get(tx, found->bundle.link_id, &row));
    TRY(claim_is_by_claimer(claimer, &row, &found->by_claimer));
    int64_t now = clock_now();
    enrolment_from_row(&row, now, &found->link);
    snprintf(found->link.packing, sizeof found->link.packing, "%s", found->bundle.packing);
    if (!window_is_open(found, now))
        return status_fail(STATUS_GONE, "the window of link %s is over (%s)", found->link.id,
                           link_state_text(found->link.state));
    return STATUS_OK;
}

static void set_actor(const struct claimer *claimer, struct actor *actor,
                      char address[static NETWORK_ADDRESS_SIZE])
{
    network_normalise(claimer->address, address);
    *actor = (struct actor){.kind = ACTOR_PHONE, .address = address};
}

/* Each time: who fetches a bundle from elsewhere must be seen. */
static enum status note_fetch(const struct service *service, const struct enrolment *link,
                              const char *file_name, const struct claimer *claimer)
{
    char address[NETWORK_ADDRESS_SIZE];
    struct actor actor;
    set_actor(claimer, &actor, address);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(link_store_note_fetch(tx, link->id, clock_now()));
    const struct audit_value values[] = {AUDIT_TEXT("serial", link->serial),
                                         AUDIT_TEXT("file", file_name),
                                         AUDIT_TEXT("agent", claimer->agent)};
    TRY(audit_write(tx, &actor, link->delivered_at == 0 ? "link.deliver" : "link.fetch", link->id,
                    values, claimer->agent == NULL ? 2 : 3));
    return db_commit(tx);
}

struct kind_description {
    const char *suffix;
    const char *media_type;
    size_t part; /* of the file envelope */
};

static const struct kind_description kinds[] = {
    [COLLECT_P12] = {".p12", "application/x-pkcs12", 0},
    [COLLECT_PFX] = {".pfx", "application/x-pkcs12", 0},
    [COLLECT_MOBILECONFIG] = {".mobileconfig", "application/x-apple-aspen-config", 1},
};

static enum status unpack(const struct found *found, struct span ticket,
                          const struct kind_description *kind, struct collected *file)
{
    struct secret *contents defer(secret_free) = NULL;
    struct span parts[2];
    TRY(envelope_open(ENVELOPE_FILE, ticket, found->link.id, found->bundle.file_sealed, parts, 2,
                      &contents));
    buf_append(&file->bytes, parts[kind->part]);
    TRY(file->bytes.failure);
    file->media_type = kind->media_type;
    return entity_tag(parts[kind->part], file->etag);
}

static enum status find_now(const struct service *service, struct span ticket,
                            const struct claimer *claimer, struct found *found)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return find(tx, ticket, claimer, found);
}

enum status collect_file(const struct service *service, struct span ticket, struct span name,
                         enum collect_kind kind, bool counts, const struct claimer *claimer,
                         struct collected *ret_file, struct enrolment *ret_link)
{
    struct found found defer(found_clear) = {0};
    enum status status = find_now(service, ticket, claimer, &found);
    if (ret_link != NULL && (status == STATUS_OK || status == STATUS_GONE))
        *ret_link = found.link;
    TRY(status);

    char stem[FILE_STEM_SIZE];
    file_stem(found.link.user, stem);
    if (!span_equal_text(name, stem))
        return status_fail(STATUS_NOT_FOUND, "the bundle has another name");
    struct collected file defer(collected_clear) = {.bytes = BUF_INIT(LIMIT_BUNDLE)};
    TRY(unpack(&found, ticket, &kinds[kind], &file));
    snprintf(file.file_name, sizeof file.file_name, "%s%s", stem, kinds[kind].suffix);
    if (counts)
        TRY(note_fetch(service, &found.link, file.file_name, claimer));
    *ret_file = file;
    file = (struct collected){0};
    return STATUS_OK;
}

/* What repacking starts from, read in one transaction. */
struct repack {
    struct found found;
    struct secret *contents;
    struct span parts[2]; /* PKCS#8, password */
    struct certificate *leaf;
    struct private_key *key;
    struct buf pfx;
    struct buf sealed;
};

static void repack_clear(struct repack *repack)
{
    found_clear(&repack->found);
    secret_free(repack->contents);
    certificate_free(repack->leaf);
    private_key_free(repack->key);
    buf_clear(&repack->pfx);
    buf_clear(&repack->sealed);
}
CLEANUP_VALUE(struct repack, repack_clear)

static enum status read_repack(const struct service *service, struct span ticket,
                               const struct claimer *claimer, struct repack *repack)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(find(tx, ticket, claimer, &repack->found));
    const struct found *found = &repack->found;
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(certificate_store_get_der(tx, found->link.serial, &der));
    TRY(certificate_parse_der(span_of(der.ptr, der.len), &repack->leaf));
    TRY(envelope_open(ENVELOPE_REPACK, ticket, found->link.id, found->bundle.repack_sealed,
                      repack->parts, 2, &repack->contents));
    return private_key_from_pkcs8(repack->parts[0], &repack->key);
}

static enum status pack_again(const struct service *service, struct span ticket,
                              enum packing packing, const struct claimer *claimer,
                              struct repack *repack)
{
    const struct enrolment *link = &repack->found.link;
    const struct person person = {link->user, link->name, link->mail, link->sid, link->device};
    struct secret *password defer(secret_free) = NULL;
    TRY(secret_copy(repack->parts[1], &password));
    const struct bundle_contents contents = {repack->key, repack->leaf, password,
                                             person_shown_name(&person)};
    TRY(bundle_pack(service, packing, &contents, &repack->pfx));

    struct span pfx = span_of(repack->pfx.ptr, repack->pfx.len);
    struct buf profile defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    TRY(device_profile_user(service, &person, pfx, claimer->texts, &profile));
    const struct span file[] = {pfx, span_of(profile.ptr, profile.len)};
    return envelope_close(ENVELOPE_FILE, ticket, link->id, file, 2, &repack->sealed);
}

/* A button pressed twice: the second one finds the packing already there, and a file that may have
 * been fetched stays as it is. */
static enum status store_repack(const struct service *service, struct span ticket,
                                enum packing packing, const struct claimer *claimer,
                                const struct repack *repack)
{
    char etag[ENTITY_TAG_SIZE];
    TRY(entity_tag(span_of(repack->pfx.ptr, repack->pfx.len), etag));
    const char *id = repack->found.link.id;
    const struct bundle_row row = {
        .link_id = id,
        .packing = packing_name(packing),
        .file_sealed = span_of(repack->sealed.ptr, repack->sealed.len),
        .etag = etag,
        .size = (int64_t)repack->pfx.len,
    };
    char address[NETWORK_ADDRESS_SIZE];
    struct actor actor;
    set_actor(claimer, &actor, address);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    struct found now defer(found_clear) = {0};
    TRY(find(tx, ticket, claimer, &now));
    if (strcmp(now.link.packing, row.packing) == 0)
        return STATUS_OK;
    TRY(bundle_store_repack(tx, &row));
    const struct audit_value values[] = {AUDIT_TEXT("packing", packing_name(packing))};
    TRY(audit_write(tx, &actor, "link.repack", id, values, 1));
    return db_commit(tx);
}

static enum status parse_packing(struct span name, enum packing *ret_packing)
{
    char text[16] = "";
    if (name.len < sizeof text && name.len > 0)
        memcpy(text, name.ptr, name.len);
    return packing_parse(text, ret_packing);
}

enum status collect_repack(const struct service *service, struct span ticket, struct span packing,
                           const struct claimer *claimer, struct claim *ret_claim)
{
    enum packing into;
    TRY(parse_packing(packing, &into));
    struct repack repack defer(repack_clear) = {
        .pfx = BUF_INIT(LIMIT_BUNDLE),
        .sealed = BUF_INIT(3 * LIMIT_BUNDLE),
    };
    TRY(read_repack(service, ticket, claimer, &repack));
    struct claim claim defer(claim_clear) = {.link = repack.found.link};
    if (strcmp(claim.link.packing, packing_name(into)) != 0) {
        TRY(pack_again(service, ticket, into, claimer, &repack));
        TRY(store_repack(service, ticket, into, claimer, &repack));
        snprintf(claim.link.packing, sizeof claim.link.packing, "%s", packing_name(into));
    }
    struct span password = repack.found.by_claimer ? repack.parts[1] : SPAN_EMPTY;
    TRY(claim_fill(&claim, certificate_info(repack.leaf)->not_after, password, ticket, SPAN_EMPTY));
    *ret_claim = claim;
    claim = (struct claim){0};
    return STATUS_OK;
}
