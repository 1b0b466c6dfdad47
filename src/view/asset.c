/* Looking up an embedded file; there are a handful, so a walk is enough. */
#include "view/asset.h"

const struct asset *asset_find(struct span path)
{
    for (size_t i = 0; i < asset_count; i++)
        if (span_equal_text(path, assets[i].path))
            return &assets[i];
    return NULL;
}
