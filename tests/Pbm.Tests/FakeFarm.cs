using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Commands;

namespace MlxVideo.Pbm.Tests;

/// <summary>A farm that records its requests and answers as the test says.</summary>
internal sealed class FakeFarm : IFarmGateway
{
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Answers a request.</summary>
    public Func<object, object> Answer { get; set; } = _ => throw new InvalidOperationException("The test has no answer.");

    /// <summary>Items of every stream.</summary>
    public Channel<object> Items { get; } = Channel.CreateUnbounded<object>();

    /// <summary>The requests, in the order of arrival.</summary>
    public ConcurrentQueue<object> Requests { get; } = [];

    /// <summary>Completes when a stream is cancelled.</summary>
    public Task Cancelled => _cancelled.Task;

    public Task<object> ExecuteAsync(object request, CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        return Task.FromResult(Answer(request));
    }

    public async IAsyncEnumerable<object> StreamAsync(object request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Requests.Enqueue(request);
        await using var registration = cancellationToken.Register(() => _cancelled.TrySetResult());
        await foreach (var item in Items.Reader.ReadAllAsync(cancellationToken))
            yield return item;
    }

    public Task PutAsync(BlobRef blob, string file, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task GetAsync(BlobRef blob, string file, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(file, blob.Digest, cancellationToken);
}
