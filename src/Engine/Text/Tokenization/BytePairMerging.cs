namespace MlxVideo.Engine.Text.Tokenization;

/// <summary>
/// Byte-pair encoding: repeatedly merges the best pair of neighbours, the leftmost among equals, until no merge is allowed. O(n log n).
/// </summary>
internal static class BytePairMerging
{
    public static void Run(SymbolList symbols, IMergeRules rules)
    {
        var agenda = new PriorityQueue<(int Left, int Right, int Length, int Id), (double Order, int Left)>();
        for (var left = 0; left + 1 < symbols.Count; left++)
            Propose(left, left + 1);
        while (agenda.TryDequeue(out var pair, out _))
        {
            if (!symbols.AreStillNeighbours(pair.Left, pair.Right, pair.Length))
                continue;
            symbols.Merge(pair.Left, pair.Right, pair.Id);
            Propose(symbols.Previous(pair.Left), pair.Left);
            Propose(pair.Left, symbols.Next(pair.Left));
        }

        void Propose(int left, int right)
        {
            if (left < 0 || right < 0 || symbols.IsFrozen(left) || symbols.IsFrozen(right))
                return;
            if (rules.Find(symbols, left, right) is { } merge)
                agenda.Enqueue((left, right, symbols.Joined(left, right).Length, merge.Id), (merge.Order, left));
        }
    }
}
