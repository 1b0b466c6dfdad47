/* A reason. */
#pragma once
