/* OpenSSL 3: hashes, HMAC, AES-GCM. Only what is a macro or variadic needs a wrapper. */
#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
