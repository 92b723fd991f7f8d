namespace MlxVideo.Shared.Commands.Definitions;

/// <summary>A request with one result.</summary>
/// <typeparam name="TResult">The result, a record of the HTTP API.</typeparam>
public interface IFarmRequest<TResult>;

/// <summary>A request with a stream of results, which ends when the observed work ends or when the client goes.</summary>
/// <typeparam name="TItem">An item of the stream, a record of the HTTP API.</typeparam>
public interface IFarmStream<TItem>;

/// <summary>A request with one result or, when it is followed, with a stream of what is in it and of what comes later.</summary>
public interface IFollowable
{
    /// <summary>True for the stream.</summary>
    bool Follow { get; }
}
