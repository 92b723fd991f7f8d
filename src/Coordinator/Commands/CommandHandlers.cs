using System.Runtime.CompilerServices;
using MlxVideo.Shared.Commands.Definitions;

namespace MlxVideo.Coordinator.Commands;

/// <summary>
/// Carries out the farm's commands, independently of how they arrive: one handler per type of request. Handlers throw
/// <see cref="FarmRequestException"/> to refuse a request.
/// </summary>
internal sealed class CommandHandlers
{
    private readonly Dictionary<Type, Func<object, CancellationToken, Task<object>>> _requests = [];
    private readonly Dictionary<Type, Func<object, CancellationToken, IAsyncEnumerable<object>>> _streams = [];

    /// <param name="groups">Groups of handlers that register themselves.</param>
    public CommandHandlers(IEnumerable<ICommandGroup> groups)
    {
        foreach (var group in groups)
            group.Register(this);
    }

    /// <summary>Types of requests with a handler.</summary>
    public IEnumerable<Type> Requests => _requests.Keys.Union(_streams.Keys);

    /// <summary>Registers the handler of a request.</summary>
    public void Add<TRequest, TResult>(Func<TRequest, CancellationToken, Task<TResult>> handle)
        where TRequest : IFarmRequest<TResult>
        where TResult : notnull =>
        _requests.Add(typeof(TRequest), async (request, cancellationToken) => await handle((TRequest)request, cancellationToken));

    /// <summary>Registers the handler of a stream.</summary>
    public void AddStream<TRequest, TItem>(Func<TRequest, CancellationToken, IAsyncEnumerable<TItem>> handle)
        where TRequest : IFarmStream<TItem>
        where TItem : notnull =>
        _streams.Add(
            typeof(TRequest),
            (request, cancellationToken) => Untyped(handle((TRequest)request, cancellationToken), cancellationToken));

    /// <summary>Carries out a request.</summary>
    /// <exception cref="FarmRequestException">The request is refused.</exception>
    public Task<object> ExecuteAsync(object request, CancellationToken cancellationToken) =>
        _requests[request.GetType()](request, cancellationToken);

    /// <summary>Carries out a request with a stream of results.</summary>
    /// <exception cref="FarmRequestException">The request is refused.</exception>
    public IAsyncEnumerable<object> StreamAsync(object request, CancellationToken cancellationToken) =>
        _streams[request.GetType()](request, cancellationToken);

    private static async IAsyncEnumerable<object> Untyped<T>(
        IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : notnull
    {
        await foreach (var item in items.WithCancellation(cancellationToken))
            yield return item;
    }
}

/// <summary>Handlers of related commands.</summary>
internal interface ICommandGroup
{
    /// <summary>Registers the handlers.</summary>
    void Register(CommandHandlers handlers);
}
