package io.github.embeddedmemcached.internal.engine.lock;

/**
 * Ensures, before a change begins, that the stack of the current thread suffices to complete it: a StackOverflowError in the middle
 * of a change would leave a partition inconsistent, or its lock held.
 *
 * <p>How it works: {@link #check} has so many local variables that its frame would take {@value #STACK_BYTES} bytes in the interpreter. The
 * variables are in a branch that is never taken, so they cost no time. HotSpot's interpreter reserves the whole frame. HotSpot's
 * compilers touch the stack down to the end of the interpreter frames to which a method may be deoptimized, and the call in the branch
 * is a point where that may happen. An invocation therefore costs a few stores. The method is too large to be inlined: the stack would then be
 * checked at the beginning of a caller, which may be in the middle of another partition's change. On other JVMs the check may cover
 * less; {@link PartitionLock} recovers from a change that was interrupted nevertheless.
 *
 * <p>Rejected: a recursion of a known depth. It takes hundreds of nanoseconds, or is unrolled by the compiler.
 */
public final class StackProbe {
    /** The stack that remains at least after a check, beyond what the JVM itself reserves. Frames are assumed to be interpreted, the largest kind. */
    public static final int STACK_BYTES = 16 << 10;

    /** Never set. Not final, so that the compilers do not remove the branch. */
    @SuppressWarnings("FieldCanBeFinal")
    private static boolean isNever;

    private StackProbe() {}

    /**
     * Returns normally if enough stack remains.
     *
     * @throws StackOverflowError otherwise
     */
    @SuppressWarnings({"unused", "InfiniteRecursion"})
    public static void check() {
        if (isNever) {
            // 1024 variables of 16 bytes each
            // spotless:off
            long aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al, am, an, ao, ap, aq, ar, at, au, av, aw, ax, ay, az, a0, a1, a2, a3, a4,
                a5, a6, a7, a8, a9, ba, bb, bc, bd, be, bf, bg, bh, bi, bj, bk, bl, bm, bn, bo, bp, bq, br, bs, bt, bu, bv, bw, bx, by,
                bz, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, ca, cb, cc, cd, ce, cf, cg, ch, ci, cj, ck, cl, cm, cn, co, cp, cq, cr, cs,
                ct, cu, cv, cw, cx, cy, cz, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, da, db, dc, dd, de, df, dg, dh, di, dj, dk, dl, dm,
                dn, dp, dq, dr, ds, dt, du, dv, dw, dx, dy, dz, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, ea, eb, ec, ed, ee, ef, eg, eh,
                ei, ej, ek, el, em, en, eo, ep, eq, er, es, et, eu, ev, ew, ex, ey, ez, e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, fa, fb,
                fc, fd, fe, ff, fg, fh, fi, fj, fk, fl, fm, fn, fo, fp, fq, fr, fs, ft, fu, fv, fw, fx, fy, fz, f0, f1, f2, f3, f4, f5,
                f6, f7, f8, f9, ga, gb, gc, gd, ge, gf, gg, gh, gi, gj, gk, gl, gm, gn, go, gp, gq, gr, gs, gt, gu, gv, gw, gx, gy, gz,
                g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, ha, hb, hc, hd, he, hf, hg, hh, hi, hj, hk, hl, hm, hn, ho, hp, hq, hr, hs, ht,
                hu, hv, hw, hx, hy, hz, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, ia, ib, ic, id, ie, ig, ih, ii, ij, ik, il, im, in, io,
                ip, iq, ir, is, it, iu, iv, iw, ix, iy, iz, i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, ja, jb, jc, jd, je, jf, jg, jh, ji,
                jj, jk, jl, jm, jn, jo, jp, jq, jr, js, jt, ju, jv, jw, jx, jy, jz, j0, j1, j2, j3, j4, j5, j6, j7, j8, j9, ka, kb, kc,
                kd, ke, kf, kg, kh, ki, kj, kk, kl, km, kn, ko, kp, kq, kr, ks, kt, ku, kv, kw, kx, ky, kz, k0, k1, k2, k3, k4, k5, k6,
                k7, k8, k9, la, lb, lc, ld, le, lf, lg, lh, li, lj, lk, ll, lm, ln, lo, lp, lq, lr, ls, lt, lu, lv, lw, lx, ly, lz, l0,
                l1, l2, l3, l4, l5, l6, l7, l8, l9, ma, mb, mc, md, me, mf, mg, mh, mi, mj, mk, ml, mm, mn, mo, mp, mq, mr, ms, mt, mu,
                mv, mw, mx, my, mz, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, na, nb, nc, nd, ne, nf, ng, nh, ni, nj, nk, nl, nm, nn, no,
                np, nq, nr, ns, nt, nu, nv, nw, nx, ny, nz, n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, oa, ob, oc, od, oe, of, og, oh, oi,
                oj, ok, ol, om, on, oo, op, oq, or, os, ot, ou, ov, ow, ox, oy, oz, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, pa, pb, pc,
                pd, pe, pf, pg, ph, pi, pj, pk, pl, pm, pn, po, pp, pq, pr, ps, pt, pu, pv, pw, px, py, pz, p0, p1, p2, p3, p4, p5, p6,
                p7, p8, p9, qa, qb, qc, qd, qe, qf, qg, qh, qi, qj, qk, ql, qm, qn, qo, qp, qq, qr, qs, qt, qu, qv, qw, qx, qy, qz, q0,
                q1, q2, q3, q4, q5, q6, q7, q8, q9, ra, rb, rc, rd, re, rf, rg, rh, ri, rj, rk, rl, rm, rn, ro, rp, rq, rr, rs, rt, ru,
                rv, rw, rx, ry, rz, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, sa, sb, sc, sd, se, sf, sg, sh, si, sj, sk, sl, sm, sn, so,
                sp, sq, sr, ss, st, su, sv, sw, sx, sy, sz, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, ta, tb, tc, td, te, tf, tg, th, ti,
                tj, tk, tl, tm, tn, to, tp, tq, tr, ts, tt, tu, tv, tw, tx, ty, tz, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, ua, ub, uc,
                ud, ue, uf, ug, uh, ui, uj, uk, ul, um, un, uo, up, uq, ur, us, ut, uu, uv, uw, ux, uy, uz, u0, u1, u2, u3, u4, u5, u6,
                u7, u8, u9, va, vb, vc, vd, ve, vf, vg, vh, vi, vj, vk, vl, vm, vn, vo, vp, vq, vr, vs, vt, vu, vv, vw, vx, vy, vz, v0,
                v1, v2, v3, v4, v5, v6, v7, v8, v9, wa, wb, wc, wd, we, wf, wg, wh, wi, wj, wk, wl, wm, wn, wo, wp, wq, wr, ws, wt, wu,
                wv, ww, wx, wy, wz, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, xa, xb, xc, xd, xe, xf, xg, xh, xi, xj, xk, xl, xm, xn, xo,
                xp, xq, xr, xs, xt, xu, xv, xw, xx, xy, xz, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, ya, yb, yc, yd, ye, yf, yg, yh, yi,
                yj, yk, yl, ym, yn, yo, yp, yq, yr, ys, yt, yu, yv, yw, yx, yy, yz, y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, za, zb, zc,
                zd, ze, zf, zg, zh, zi, zj, zk, zl, zm, zn, zo, zp, zq, zr, zs, zt, zu, zv, zw, zx, zy, zz, z0, z1, z2, z3, z4, z5, z6,
                z7, z8, z9, aaa, aab, aba, abb, aca, acb, ada, adb, aea, aeb, afa, afb, aga, agb, aha, ahb, aia, aib, aja, ajb, aka,
                akb, ala, alb, ama, amb, ana, anb, aoa, aob, apa, apb, aqa, aqb, ara, arb, asa, asb, ata, atb, aua, aub, ava, avb, awa,
                awb, axa, axb, aya, ayb, aza, azb, baa, bab, bba, bbb, bca, bcb, bda, bdb, bea, beb, bfa, bfb, bga, bgb, bha, bhb, bia,
                bib, bja, bjb, bka, bkb, bla, blb, bma, bmb, bna, bnb, boa, bob, bpa, bpb, bqa, bqb, bra, brb, bsa, bsb, bta;
            // 800 bytes of code, more than HotSpot inlines
            aa = 0; ab = 0; ac = 0; ad = 0; ae = 0; af = 0; ag = 0; ah = 0; ai = 0; aj = 0; ak = 0; al = 0; am = 0; an = 0;
            ao = 0; ap = 0; aq = 0; ar = 0; at = 0; au = 0; av = 0; aw = 0; ax = 0; ay = 0; az = 0; a0 = 0; a1 = 0; a2 = 0;
            a3 = 0; a4 = 0; a5 = 0; a6 = 0; a7 = 0; a8 = 0; a9 = 0; ba = 0; bb = 0; bc = 0; bd = 0; be = 0; bf = 0; bg = 0;
            bh = 0; bi = 0; bj = 0; bk = 0; bl = 0; bm = 0; bn = 0; bo = 0; bp = 0; bq = 0; br = 0; bs = 0; bt = 0; bu = 0;
            bv = 0; bw = 0; bx = 0; by = 0; bz = 0; b0 = 0; b1 = 0; b2 = 0; b3 = 0; b4 = 0; b5 = 0; b6 = 0; b7 = 0; b8 = 0;
            b9 = 0; ca = 0; cb = 0; cc = 0; cd = 0; ce = 0; cf = 0; cg = 0; ch = 0; ci = 0; cj = 0; ck = 0; cl = 0; cm = 0;
            cn = 0; co = 0; cp = 0; cq = 0; cr = 0; cs = 0; ct = 0; cu = 0; cv = 0; cw = 0; cx = 0; cy = 0; cz = 0; c0 = 0;
            c1 = 0; c2 = 0; c3 = 0; c4 = 0; c5 = 0; c6 = 0; c7 = 0; c8 = 0; c9 = 0; da = 0; db = 0; dc = 0; dd = 0; de = 0;
            df = 0; dg = 0; dh = 0; di = 0; dj = 0; dk = 0; dl = 0; dm = 0; dn = 0; dp = 0; dq = 0; dr = 0; ds = 0; dt = 0;
            du = 0; dv = 0; dw = 0; dx = 0; dy = 0; dz = 0; d0 = 0; d1 = 0; d2 = 0; d3 = 0; d4 = 0; d5 = 0; d6 = 0; d7 = 0;
            d8 = 0; d9 = 0; ea = 0; eb = 0; ec = 0; ed = 0; ee = 0; ef = 0; eg = 0; eh = 0; ei = 0; ej = 0; ek = 0; el = 0;
            em = 0; en = 0; eo = 0; ep = 0; eq = 0; er = 0;
            // spotless:on
            check();
        }
    }
}
