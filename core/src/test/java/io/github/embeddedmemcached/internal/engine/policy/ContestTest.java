package io.github.embeddedmemcached.internal.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContestTest {
    private final Contest contest = new Contest();

    @BeforeEach
    void begin() {
        contest.begin();
        contest.beginVictims(0);
    }

    @Test
    void shouldReplaceTheLeastValuableVictimsByTheMostValuableCandidates() {
        for (int count = 1; count <= 5; count++) {
            contest.addCandidate(count, 100);
            contest.addVictim(count, 100);
        }
        assertThat(contest.decide(1)).isTrue();
        assertThat(contest.loses(1, 100)).isTrue();
        assertThat(contest.loses(2, 100)).isTrue();
        assertThat(contest.loses(3, 100)).isFalse();
        assertThat(contest.wins(3, 100)).isFalse();
        assertThat(contest.wins(4, 100)).isTrue();
        assertThat(contest.wins(5, 100)).isTrue();
    }

    @Test
    void shouldKeepVictimsThatWereUsedOnceLess() {
        contest.addCandidate(3, 100);
        contest.addVictim(2, 100);
        assertThat(contest.decide(1)).isFalse();
        assertThat(contest.wins(3, 100)).isFalse();
    }

    @Test
    void shouldCompareUsesPerByte() {
        for (int i = 0; i < 10; i++) {
            contest.addCandidate(1, 50);
        }
        contest.addVictim(2, 500);
        contest.addVictim(2, 50);
        assertThat(contest.decide(1)).isTrue();
        assertThat(contest.loses(2, 500)).isTrue();
        assertThat(contest.loses(2, 50)).isFalse();
        for (int i = 0; i < 10; i++) {
            assertThat(contest.wins(1, 50)).isTrue();
        }
        assertThat(contest.wins(1, 50)).isFalse();
    }

    @Test
    void shouldFillFreeSpaceFirst() {
        contest.addCandidate(1, 100);
        contest.addVictim(9, 100);
        contest.addFreeBytes(100);
        assertThat(contest.decide(100)).isTrue();
        assertThat(contest.loses(9, 100)).isFalse();
        assertThat(contest.wins(1, 100)).isTrue();
    }

    @Test
    void shouldDecideAboutEachSegmentOfVictims() {
        contest.addCandidate(9, 100);
        contest.addCandidate(8, 100);
        contest.addVictim(1, 100);
        assertThat(contest.decide(200)).isFalse(); // too little
        contest.beginVictims(0);
        contest.addVictim(1, 100);
        assertThat(contest.decide(100)).isTrue();
        assertThat(contest.loses(1, 100)).isTrue();
        assertThat(contest.hasCandidates()).isTrue();
        contest.beginVictims(0);
        contest.addVictim(1, 100);
        assertThat(contest.decide(100)).isTrue();
        assertThat(contest.wins(9, 100)).isTrue();
        assertThat(contest.wins(8, 100)).isTrue();
        assertThat(contest.wins(8, 100)).isFalse();
    }

    @Test
    void shouldNotLetCandidatesWinWithoutUses() {
        contest.addCandidate(0, 100);
        contest.addVictim(0, 100);
        assertThat(contest.decide(1)).isFalse();
    }
}
