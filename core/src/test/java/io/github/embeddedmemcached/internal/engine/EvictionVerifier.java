package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.StoreResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.kotlinx.lincheck.execution.ResultWithClock;
import org.jetbrains.kotlinx.lincheck.util.LincheckResult;
import org.jetbrains.kotlinx.lincheck.util.ValueResult;
import org.jetbrains.kotlinx.lincheck.util.VoidResult;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a sequential order of the operations explains their results if an item may be evicted at any time. Lincheck's own
 * verifier requires that the same operations in the same order always have the same results.
 */
@SuppressWarnings("exports") // of test classes
public final class EvictionVerifier implements Verifier {
    /**
     * Called by Lincheck.
     *
     * @param specification not used
     */
    public EvictionVerifier(Class<?> specification) {}

    @Override
    public boolean verifyResults(@Nullable ExecutionScenario scenario, @Nullable ExecutionResult results) {
        if (scenario == null || results == null) {
            throw new IllegalArgumentException("no results");
        }
        Map<Integer, Integer> items = new HashMap<>();
        return applyAll(scenario.getInitExecution(), results.getInitResults(), items)
                && new Search(scenario, results, new HashSet<>()).explains(new int[scenario.getNThreads()], items);
    }

    private static boolean applyAll(List<Actor> actors, List<LincheckResult> results, Map<Integer, Integer> items) {
        for (int i = 0; i < actors.size(); i++) {
            if (!apply(actors.get(i), results.get(i), items)) {
                return false;
            }
        }
        return true;
    }

    /** Applies an operation to a map of the items, and returns whether its result is possible. If it found no item, the item is removed from the map. */
    private static boolean apply(Actor actor, LincheckResult result, Map<Integer, Integer> items) {
        if (result instanceof VoidResult) {
            if (actor.getMethod().getName().equals("flush")) {
                items.clear();
            }
            return true;
        }
        if (!(result instanceof ValueResult)) {
            return false; // an exception
        }
        Object value = ((ValueResult) result).getValue();
        Integer key = (Integer) actor.getArguments().get(0);
        switch (actor.getMethod().getName()) {
            case "get", "getWithChurn", "getFast" -> {
                if (value != null) {
                    return value.equals(items.get(key));
                }
                items.remove(key);
                return true;
            }
            case "delete", "evict" -> {
                boolean removed = value == DeleteResult.DELETED || Boolean.TRUE.equals(value);
                return items.remove(key) != null || !removed;
            }
            case "add" -> {
                if (value == StoreResult.NOT_STORED) {
                    return items.containsKey(key);
                }
            }
            case "replace" -> {
                if (value == StoreResult.NOT_STORED) {
                    items.remove(key);
                    return true;
                }
                if (!items.containsKey(key)) {
                    return false;
                }
            }
            default -> {}
        }
        items.put(key, (Integer) actor.getArguments().get(1));
        return value == StoreResult.STORED;
    }

    /** The search for one execution. */
    private record Search(ExecutionScenario scenario, ExecutionResult results, Set<List<Object>> seen) {

        /** Returns whether the remaining operations can be ordered so that they explain their results; indexes holds the next one of each thread. */
        boolean explains(int[] indexes, Map<Integer, Integer> items) {
            if (!seen.add(List.of(Arrays.toString(indexes), items))) {
                return false;
            }
            boolean isDone = true;
            for (int thread = 0; thread < indexes.length; thread++) {
                List<Actor> actors = scenario.getParallelExecution().get(thread);
                int index = indexes[thread];
                if (index == actors.size()) {
                    continue;
                }
                isDone = false;
                ResultWithClock result =
                        results.getParallelResultsWithClock().get(thread).get(index);
                if (!canBeNext(thread, result, indexes)) {
                    continue;
                }
                Map<Integer, Integer> after = new HashMap<>(items);
                if (apply(actors.get(index), Objects.requireNonNull(result.getResult()), after)) {
                    int[] next = indexes.clone();
                    next[thread]++;
                    if (explains(next, after)) {
                        return true;
                    }
                }
            }
            return isDone
                    && applyAll(
                            scenario.getPostExecution(),
                            new ArrayList<>(results.getPostResults()),
                            new HashMap<>(items));
        }

        /** Returns whether all operations that had ended when this one began are already ordered. */
        private static boolean canBeNext(int thread, ResultWithClock result, int[] indexes) {
            for (int other = 0; other < indexes.length; other++) {
                if (other != thread && indexes[other] < result.getClockOnStart().get(other)) {
                    return false;
                }
            }
            return true;
        }
    }
}
