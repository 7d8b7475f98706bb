// Owners of OpenSSL's objects, which free them. Include only in .cc files.
#pragma once

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

namespace frontrow {

template <class T, void (*kFree)(T*)>
struct OpensslFree {
  void operator()(T* p) const { kFree(p); }
};
template <class T, void (*kFree)(T*)>
using OpensslOwned = std::unique_ptr<T, OpensslFree<T, kFree>>;

using BigNumber = OpensslOwned<BIGNUM, BN_free>;
using Parameters = OpensslOwned<OSSL_PARAM, OSSL_PARAM_free>;
using ParameterBuild = OpensslOwned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using KeyContext = OpensslOwned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = OpensslOwned<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcdsaSignature = OpensslOwned<ECDSA_SIG, ECDSA_SIG_free>;

}  // namespace frontrow
