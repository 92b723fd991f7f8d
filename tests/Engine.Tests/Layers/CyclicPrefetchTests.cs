using System.Collections.Concurrent;
using MlxVideo.Engine.Layers.Streaming;

namespace MlxVideo.Engine.Tests.Layers;

public sealed class CyclicPrefetchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly BlockingCollection<int> _loads = [];
    private readonly Counter _alive = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Items_are_delivered_cyclically_and_never_exceed_the_window(int window)
    {
        using (var prefetch = new CyclicPrefetch<Item>(5, window, Load))
        {
            for (var pass = 0; pass < 20; pass++)
            {
                for (var index = 0; index < 5; index++)
                    Use(prefetch, index);
            }
        }

        Assert.InRange(_alive.Most, 1, window);
        Assert.Equal(0, _alive.Now);
    }

    [Fact]
    public void Next_items_are_loaded_while_one_is_in_use()
    {
        using var prefetch = new CyclicPrefetch<Item>(4, 3, Load);
        using var first = prefetch.Take(0);
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(_ => NextLoad()));
        Assert.False(_loads.TryTake(out var beyond), $"Item {beyond} was loaded beyond the window.");
        first.Dispose();
        prefetch.Return();
        Assert.Equal(3, NextLoad());
    }

    [Fact]
    public void First_items_of_the_next_cycle_are_loaded_at_the_end_of_a_cycle()
    {
        using var prefetch = new CyclicPrefetch<Item>(3, 2, Load);
        Use(prefetch, 0);
        Use(prefetch, 1);
        using var last = prefetch.Take(2);
        Assert.Equal([0, 1, 2, 0], Enumerable.Range(0, 4).Select(_ => NextLoad()));
        prefetch.Return();
    }

    [Fact]
    public void Items_before_the_first_of_later_cycles_are_loaded_once()
    {
        var kept = new List<Item>();
        using (var prefetch = new CyclicPrefetch<Item>(5, 4, Load, first: 2))
        {
            kept.AddRange([prefetch.Take(0), prefetch.Take(1)]); // never returned: they occupy two places of the window
            for (var pass = 0; pass < 3; pass++)
            {
                for (var index = 2; index < 5; index++)
                    Use(prefetch, index);
            }
        }

        kept.ForEach(item => item.Dispose());
        Assert.Equal([0, 1, 2, 3, 4, 2, 3, 4, 2, 3, 4], _loads.Take(11));
        Assert.DoesNotContain(_loads.Skip(2), index => index < 2);
        Assert.InRange(_alive.Most, 3, 4);
        Assert.Equal(0, _alive.Now);
    }

    [Fact]
    public void Items_loaded_ahead_are_limited_separately()
    {
        using var prefetch = new CyclicPrefetch<Item>(5, 5, Load, first: 3, ahead: 1);
        using var first = prefetch.Take(0);
        Assert.Equal([0, 1], Enumerable.Range(0, 2).Select(_ => NextLoad()));
        Assert.False(_loads.TryTake(out var beyond), $"Item {beyond} was loaded too early.");
        using var second = prefetch.Take(1);
        Assert.Equal(2, NextLoad());
    }

    [Fact]
    public void Interrupted_cycle_does_not_affect_the_next()
    {
        using (var prefetch = new CyclicPrefetch<Item>(6, 3, Load))
        {
            Use(prefetch, 0);
            Use(prefetch, 1);
            for (var index = 0; index < 6; index++)
                Use(prefetch, index);
        }

        Assert.InRange(_alive.Most, 1, 3);
        Assert.Equal(0, _alive.Now);
    }

    [Fact]
    public void Load_failure_is_thrown_to_the_taking_thread_and_a_retry_may_succeed()
    {
        var broken = true;
        using var prefetch =
            new CyclicPrefetch<Item>(4, 2, index => index == 2 && Volatile.Read(ref broken) ? throw new IOException("gone") : Load(index));
        Use(prefetch, 0);
        Use(prefetch, 1);
        Assert.Equal("gone", Assert.Throws<IOException>(() => prefetch.Take(2)).Message);
        Assert.Equal("gone", Assert.Throws<IOException>(() => prefetch.Take(2)).Message);
        Volatile.Write(ref broken, false);
        // The automatic retry may still have failed.
        for (var done = false; !done;)
        {
            try
            {
                Use(prefetch, 2);
                done = true;
            }
            catch (IOException)
            {
                Assert.False(Volatile.Read(ref broken));
            }
        }

        Use(prefetch, 3);
        Use(prefetch, 0);
    }

    [Fact]
    public void Prefetched_items_are_disposed_with_the_prefetcher()
    {
        using (new CyclicPrefetch<Item>(4, 3, Load))
        {
            Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(_ => NextLoad()));
        }

        Assert.Equal(0, _alive.Now);
    }

    private static void Use(CyclicPrefetch<Item> prefetch, int index)
    {
        var item = prefetch.Take(index);
        Assert.Equal(index, item.Index);
        item.Dispose();
        prefetch.Return();
    }

    private Item Load(int index)
    {
        var item = new Item(index, _alive);
        _loads.Add(index);
        return item;
    }

    private int NextLoad() => _loads.TryTake(out var index, Patience) ? index : throw new TimeoutException("Nothing was loaded.");

    private sealed class Counter
    {
        private int _now;

        public int Now => _now;

        public int Most { get; private set; }

        public void Add(int change)
        {
            lock (this)
            {
                _now += change;
                Most = Math.Max(Most, _now);
            }
        }
    }

    private sealed class Item : IDisposable
    {
        private readonly Counter _alive;
        private bool _disposed;

        public Item(int index, Counter alive)
        {
            (Index, _alive) = (index, alive);
            alive.Add(1);
        }

        public int Index { get; }

        public void Dispose()
        {
            if (!_disposed)
                _alive.Add(-1);
            _disposed = true;
        }
    }
}
